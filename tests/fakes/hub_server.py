"""The file downloads of the Hugging Face hub, on loopback."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from fakes.listening import listening, send

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GATED = "owner/gated"


@dataclass
class HubServer:
    """``models`` are folders by name; ``requests`` are methods and paths in order.

    ``tokens`` are the values of the header ``Authorization``.
    """

    url: str
    models: dict[str, Path] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)

    @property
    def fetched(self) -> list[str]:
        """The files whose content was sent."""
        files = [path.split("/", 5)[5:] for method, path in self.requests if method == "GET"]
        return [name for (name,) in files]

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Answer /OWNER/MODEL/resolve/REVISION/FILE."""
        owner, model, _, revision, name = path.strip("/").split("/", 4)
        known = f"{owner}/{model}"
        if known == GATED:
            return 403, {"X-Error-Code": "GatedRepo"}, b""
        if known not in self.models:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        if revision not in ("main", COMMIT):
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        file = self.models[known] / name
        if not file.is_file():
            return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b""
        content = file.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        return 200, {"ETag": etag, "X-Repo-Commit": COMMIT}, content


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """Serve until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

        def do_HEAD(self) -> None:
            self._serve()

        def do_GET(self) -> None:
            self._serve()

        def _serve(self) -> None:
            server.requests.append((self.command, self.path))
            server.tokens.add(self.headers["Authorization"])
            status, headers, content = server.answer(self.path)
            send(self, status, headers, content)

    with listening(Handler) as url:
        server = HubServer(url)
        yield server

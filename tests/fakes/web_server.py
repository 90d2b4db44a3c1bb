"""A running web server over folders, and plain requests to it."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from fakes.embedder import WordEmbedder
from semsearch.mcp.library import Library
from semsearch.serve.access import Access
from semsearch.serve.connections import ConnectionLimits
from semsearch.serve.server import WebServer, listening
from semsearch.settings.secrets import Secret

TOKEN: Final = "a-token-of-this-test-0123456789"
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers by their names in small letters, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Web:
    """A server that runs, and what it takes for its own."""

    access: Access
    address: str
    port: int

    def send(
        self,
        path: str,
        method: str = "GET",
        headers: Headers = (),
        body: bytes = b"",
        *,
        host: str | None = "own",
    ) -> Reply:
        """Send a request with exactly these headers, and a host unless that is None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if host is not None:
            connection.putheader("Host", f"127.0.0.1:{self.port}" if host == "own" else host)
        for name, value in headers:
            connection.putheader(name, value)
        if body and "content-length" not in {name.lower() for name, _ in headers}:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        reply = Reply(
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read(),
        )
        connection.close()
        return reply

    def get(self, path: str, *headers: tuple[str, str]) -> Reply:
        """Get a path as the holder of the token, if there is one."""
        own = [] if self.access.token is None else [("Authorization", f"Bearer {TOKEN}")]
        return self.send(path, headers=[*own, *headers])


@contextmanager
def web_server(
    index: Any,
    embedder: WordEmbedder | None = None,
    *,
    names: Sequence[str] | None = None,
    has_token: bool = False,
    known: Sequence[str] = (),
    host: str = "127.0.0.1",
    limits: ConnectionLimits | None = None,
) -> Iterator[Web]:
    """A server in a thread; it has ended when the context does."""
    library = Library(
        None if index is None else str(index),
        names,
        embedder=embedder,  # type: ignore[arg-type]  # an embedder does for its name
    )
    token = Secret(TOKEN) if has_token else None
    with listening(host, 0) as listener:
        access = Access.of(host, known, token, listener.port)
        server = WebServer(library, listener, access, "1.2.3", limits)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield Web(access, listener.address, listener.port)
        finally:
            server.stop()
            thread.join(timeout=30)
            assert not thread.is_alive()

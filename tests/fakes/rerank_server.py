"""A reranking server on loopback: a score is the share of the question's words in a passage."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from fakes.listening import listening, send

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class RerankServer:
    """``requests`` are the received paths, keys and bodies.

    ``replies`` are sent first, one for each request, instead of scores.
    """

    url: str
    replies: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)

    def reply(self, path: str, body: dict[str, Any]) -> Reply:
        """Answer best first, in Cohere's form, or in TEI's for /rerank."""
        if self.replies:
            return self.replies.pop(0)
        asked = words(body["query"])
        texts = body["texts"] if "texts" in body else body["documents"]
        scores = [len(asked & words(text)) / len(asked) for text in texts]
        order = sorted(range(len(texts)), key=lambda at: -scores[at])
        if "texts" in body:
            answer: Any = [{"index": at, "score": scores[at]} for at in order]
        else:
            results = [{"index": at, "relevance_score": scores[at]} for at in order]
            answer = {"id": "1", "results": results[: body["top_n"]], "meta": {}}
        return 200, {}, json.dumps(answer).encode()


def words(text: str) -> set[str]:
    """The words in lower case."""
    return set(re.findall(r"\w+", text.lower()))


@contextmanager
def rerank_server() -> Iterator[RerankServer]:
    """Serve until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        log_message: Callable[..., None] = lambda *_: None

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append((self.path, self.headers["Authorization"], body))
            status, headers, content = server.reply(self.path, body)
            send(self, status, headers, content)

    with listening(Handler) as url:
        server = RerankServer(url)
        yield server

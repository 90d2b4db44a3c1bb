"""A server on this machine that reads the first pieces of a text, and answers as usual."""

import json
import re
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_PIECE: Final = re.compile(r"[a-zà-ž]{1,4}|\S", re.IGNORECASE)
_NUMBERS: Final = 64
_REFUSAL: Final = (
    b'{"error": {"message": "blocked by the content policy", "type": "content_filter"}}'
)


@dataclass(slots=True)
class TruncatingServer:
    """The server's address, the texts that it got, and the most pieces that it reads of one.

    Its usage is the pieces that it has read; with ``counts_characters`` it is all characters, as
    Infinity 0.0.78 has it.
    """

    pieces: int
    counts_characters: bool = False
    unknown: str = "^$"  # a regular expression of the pieces that its model does not know
    refused: str = "^$"  # a regular expression of texts that it does not want
    seconds_a_text: float = 0.0  # it answers one request after the other
    url: str = ""
    texts: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # how many texts each request has had

    def answer(self, texts: list[str]) -> bytes:
        """The answer to a request for the vectors of some texts: how often each piece is there."""
        self.texts += texts
        rows = []
        for text in texts:
            row = [0.0] * _NUMBERS
            for piece in _PIECE.findall(text)[: self.pieces]:
                is_known = re.match(self.unknown, piece) is None
                row[zlib.crc32(piece.encode()) % _NUMBERS if is_known else 0] += 1.0
            rows.append(row)
        read = sum(min(len(_PIECE.findall(text)), self.pieces) for text in texts)
        tokens = sum(map(len, texts)) if self.counts_characters else read
        data = [{"index": index, "embedding": row} for index, row in enumerate(rows)]
        return json.dumps({"data": data, "usage": {"prompt_tokens": tokens}}).encode()


@contextmanager
def truncating_server(
    pieces: int, *, counts_characters: bool = False
) -> Iterator[TruncatingServer]:
    """Run a server until the end of the block."""
    state = TruncatingServer(pieces, counts_characters)

    alone = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            """Vectors of the texts."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.sizes.append(len(body["input"]))
            with alone:
                time.sleep(state.seconds_a_text * len(body["input"]))
            is_refused = any(re.search(state.refused, text) for text in body["input"])
            data = _REFUSAL if is_refused else state.answer(body["input"])
            with suppress(ConnectionError):  # the client has waited long enough
                self.send_response(400 if is_refused else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield state
        finally:
            server.shutdown()

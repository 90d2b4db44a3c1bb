"""An answer that is read while it comes ends, whatever its server does."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from semsearch.embedders.api.http_client import HttpClient
from semsearch.embedders.api.http_stream import HttpStream
from semsearch.errors import EmbedderUnavailable, ReplyInvalid


def stream(*, largest: int = 100, total: float = 60.0, silent: float = 60.0) -> HttpStream:
    """A stream whose head has come."""
    begun = HttpStream("here", largest, total, silent)
    begun.begin(200, {"content-type": "text/plain"})
    begun.wait_for_head()
    return begun


def test_status_headers_and_pieces_come_in_their_order() -> None:
    """And end with the body."""
    begun = stream()
    for piece in (b"a", b"b"):
        begun.put(piece)
    begun.end(None)
    assert (begun.status, begun.headers) == (200, {"content-type": "text/plain"})
    assert begun.read() == b"ab"


def test_what_ends_the_body_is_raised_behind_its_pieces() -> None:
    """They are not lost."""
    begun = stream()
    begun.put(b"a")
    begun.end(EmbedderUnavailable("broken"))
    pieces = iter(begun)
    assert next(pieces) == b"a"
    with pytest.raises(EmbedderUnavailable, match="broken"):
        next(pieces)


def test_an_answer_is_no_larger_than_expected() -> None:
    """In all its pieces together."""
    begun = stream(largest=3)
    for piece in (b"ab", b"cd"):
        begun.put(piece)
    with pytest.raises(ReplyInvalid, match="more than the 3 bytes"):
        begun.read()


def test_a_fast_server_waits_for_a_slow_reader() -> None:
    """Of what it sends only some pieces wait in memory; a reader that has gone ends the wait."""
    begun = stream(largest=10_000)
    sent: list[int] = []

    def send() -> None:
        for number in range(1000):
            begun.put(b"a")
            sent.append(number)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    sending.join(timeout=0.5)
    assert sending.is_alive()
    assert len(sent) < 200
    begun.close()
    sending.join()


def test_silence_between_two_pieces_ends_the_answer() -> None:
    """Before the first piece the whole time may pass."""
    begun = stream(silent=0.01)
    begun.put(b"a")
    pieces = iter(begun)
    next(pieces)
    with pytest.raises(EmbedderUnavailable, match="sent nothing for"):
        next(pieces)
    assert begun.is_closed


def test_an_answer_ends_within_its_time() -> None:
    """Also one without a head."""
    with pytest.raises(EmbedderUnavailable, match="did not end its answer within"):
        HttpStream("here", 100, 0.01, 60.0).wait_for_head()
    with pytest.raises(EmbedderUnavailable, match="did not end its answer within"):
        stream(total=0.01).read()


def test_a_piece_comes_at_once_also_where_an_answer_is_not_chunked() -> None:
    """The server goes on when the first piece has been read."""
    was_read = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"first")
            self.wfile.write(b", then" if was_read.wait(30) else b", never")

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        client = HttpClient(url, None, connect_seconds=5, read_seconds=60, total_seconds=60)
        pieces = iter(client.stream("/v1/x", {}, largest=100, total_seconds=60))
        first = next(pieces)
        was_read.set()
        assert first + b"".join(pieces) == b"first, then"
        thread.join()

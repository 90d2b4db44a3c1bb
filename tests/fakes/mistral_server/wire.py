"""HTTP/1.1 with persistent connections, by the standard library."""

import sys
import threading
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from fakes.mistral_server.exchange import Answer, Request
from fakes.mistral_server.fault import Fault
from fakes.mistral_server.sending import ConnectionEnded, send


class StandIn(Protocol):
    """The interface of the server behind the wire."""

    stopping: threading.Event

    def flight(self, request: Request) -> AbstractContextManager[None]:
        """Context of a request until its answer is sent."""

    def respond(self, request: Request) -> tuple[Answer, Fault]:
        """Return the answer, and the fault of its transmission."""


class HttpServer(ThreadingHTTPServer):
    """Listens on loopback; set ``stand_in`` before it serves."""

    daemon_threads = True
    request_queue_size = 128
    stand_in: StandIn

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that have disconnected; any other error is a bug of the stand-in."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the last packet of a small answer waits for 40 ms

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        stand_in: StandIn = self.server.stand_in  # type: ignore[attr-defined]
        request = self._request()
        with stand_in.flight(request):
            answer, fault = stand_in.respond(request)
            try:
                send(self.connection, answer, fault, stand_in.stopping)
            except (ConnectionEnded, ConnectionError):
                self.close_connection = True

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", 0))),
        )

"""The server on standard input and output: a message a line, a thread a request."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from semsearch.mcp.messages import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Message,
    ProtocolError,
    Request,
    error,
    id_of,
    is_notification,
    request_of,
)
from semsearch.mcp.server import HANDSHAKE, Server

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_LONGEST: Final = 4 << 20  # bytes of a line; a question is short
_MOST_AT_ONCE: Final = 8  # requests under way; others wait


def serve_stdio(server: Server, after_first: Callable[[], None]) -> None:
    """Answer what comes on standard input until it ends.

    ``after_first`` is called in a thread of its own when the first message has been answered.

    File descriptor 1 becomes standard error: nothing that a library prints gets between messages.
    """
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(server, sys.stdin.buffer, out, after_first)


def serve(
    server: Server, source: BinaryIO, out: BinaryIO, after_first: Callable[[], None] = lambda: None
) -> None:
    """Answer the messages of ``source`` on ``out``, until the one ends or the other is closed."""
    lines = _Lines(out, after_first)
    threads: ThreadPoolExecutor | None = None
    with ExitStack() as at_the_end:
        for line in _lines_of(source):
            if lines.is_closed:
                return
            request = _request(line, lines)
            answer = None if request is None else server.accept(request, lines.send)
            if request is None or answer is None:
                continue
            if threads is None and request.method in HANDSHAKE:
                answer()  # a client waits for it, and nothing else is under way
                continue
            threads = threads or at_the_end.enter_context(_request_threads())
            threads.submit(answer)


def _request_threads() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # here: it takes 4 ms, with logging

    return ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="request")


class _Lines:
    """Messages as lines of UTF-8, one at a time."""

    def __init__(self, out: BinaryIO, after_first: Callable[[], None]) -> None:
        self._out = out
        self._after_first: Callable[[], None] | None = after_first
        self._lock = threading.Lock()
        self.is_closed = False

    def send(self, message: Message) -> None:
        """Write a message; the client may have gone."""
        line = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            try:
                self._out.write(line)
                self._out.flush()
            except (OSError, ValueError):
                self.is_closed = True
            then, self._after_first = self._after_first, None
        if then is not None:
            threading.Thread(target=then, daemon=True).start()


def _lines_of(source: BinaryIO) -> Iterator[bytes | None]:
    """The lines that are not blank; None for each that is too long."""
    while line := source.readline(_LONGEST + 1):
        if len(line) > _LONGEST:
            while line and not line.endswith(b"\n"):
                line = source.readline(_LONGEST)
            yield None
        elif line.strip():
            yield line


def _request(line: bytes | None, lines: _Lines) -> Request | None:
    """The request in a line; what is none is answered by an error."""
    if line is None:
        lines.send(error(None, ProtocolError(INVALID_REQUEST, "the message is too long")))
        return None
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        lines.send(error(None, ProtocolError(PARSE_ERROR, "the message is no JSON")))
        return None
    try:
        return request_of(message)
    except ProtocolError as problem:
        if not is_notification(message):  # which is never answered
            lines.send(error(id_of(message), problem))
        return None

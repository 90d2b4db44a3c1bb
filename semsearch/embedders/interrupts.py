"""Ctrl-C, SIGTERM and time limits, held back while something is in hand that must not be lost.

A signal handler raises between any two steps of the main thread. Where an answer has left the queue
and its vectors are not stored yet, that would lose what was paid for.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name)
)


class _Hold:
    """The state of the main thread: the handlers in whose place ``note`` stands, and what came."""

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}
        self.is_open = True  # signals go on to their handlers
        self.came: list[int] = []

    def note(self, number: int, frame: FrameType | None) -> None:
        """Stand in for the handlers: keep the signal for later, or hand it on."""
        if self.is_open:
            self.handlers[number](number, frame)
        else:
            self.came.append(number)

    def deliver(self) -> None:
        """Hand the first signal that came on to its handler, which raises as a rule."""
        if self.came:
            number, self.came = self.came[0], []
            self.handlers[number](number, None)

    def put_back(self) -> None:
        """Let the handlers stand again; the first that does may raise before the last."""
        for number, handler in self.handlers.items():
            signal.signal(number, handler)

    def end(self) -> None:
        """Hand on what came, with all handlers in their places."""
        self.put_back()
        self.is_open = True
        try:
            self.deliver()
        finally:
            self.handlers, self.came = {}, []


_hold: Final = _Hold()


@contextmanager
def held_back() -> Iterator[None]:
    """Within the context no signal raises, except where ``let_through`` stands.

    A signal that came is handed on at the end of the context at the latest. Does nothing outside
    the main thread, which gets all signals, and within another such context.
    """
    if _hold.handlers or threading.current_thread() is not threading.main_thread():
        yield
        return
    standing = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        _hold.handlers = {number: held for number, held in standing.items() if callable(held)}
        for number in _hold.handlers:
            signal.signal(number, _hold.note)
        _hold.is_open = False
        yield
    finally:
        try:
            _hold.put_back()
        finally:
            _hold.end()


@contextmanager
def let_through() -> Iterator[None]:
    """Within the context signals raise as usual; one that was held back raises at its start."""
    if _hold.is_open or threading.current_thread() is not threading.main_thread():
        yield
        return
    _hold.is_open = True
    try:
        _hold.deliver()
        yield
    finally:
        _hold.is_open = False


def raise_held() -> None:
    """Let a signal that was held back raise, here and now."""
    with let_through():
        pass

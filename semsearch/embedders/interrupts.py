"""Ctrl-C, SIGTERM and time limits, held back while something is in hand that must not be lost.

A signal handler raises between any two steps of the main thread. Where an answer has left the queue
and its vectors are not stored yet, that would lose what was paid for.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name)
)


class _Hold:
    """Stands in place of the ``handlers`` of the main thread, and keeps the signals that came."""

    def __init__(self, handlers: dict[int, Any]) -> None:
        self.handlers = handlers
        self.is_open = True  # signals go on to their handlers
        self.came: list[int] = []  # each once, as a system keeps them, too

    def note(self, number: int, frame: FrameType | None) -> None:
        """Stand in for the handlers: keep the signal for later, or hand it on."""
        if self.is_open:
            self.handlers[number](number, frame)
        elif number not in self.came:
            self.came.append(number)

    def deliver(self) -> None:
        """Hand the signals that came on to their handlers, up to one that raises."""
        while self.came:
            number = self.came.pop(0)
            self.handlers[number](number, None)


@dataclass(slots=True)
class _State:
    hold: _Hold | None = None


_now: Final = _State()


@contextmanager
def held_back() -> Iterator[None]:
    """Within the context no signal raises, except where ``let_through`` stands.

    A signal that came is handed on at the end of the context at the latest. Does nothing outside
    the main thread, which gets all signals, and within another such context.
    """
    if _now.hold is not None or threading.current_thread() is not threading.main_thread():
        yield
        return
    standing = {number: signal.getsignal(number) for number in _SIGNALS}
    hold = _Hold({number: held for number, held in standing.items() if callable(held)})
    try:
        _now.hold = hold
        for number in hold.handlers:
            signal.signal(number, hold.note)
        hold.is_open = False
        yield
    finally:
        # Signals raise again before the handlers are back: one that comes between two of them
        # leaves the other to a hold that hands on whatever comes.
        _now.hold = None
        hold.is_open = True
        try:
            for number, handler in hold.handlers.items():
                signal.signal(number, handler)
        finally:
            hold.deliver()


@contextmanager
def let_through() -> Iterator[None]:
    """Within the context signals raise as usual; one that was held back raises at its start."""
    hold = _now.hold
    if hold is None or hold.is_open or threading.current_thread() is not threading.main_thread():
        yield
        return
    try:
        hold.is_open = True
        hold.deliver()
        yield
    finally:
        hold.is_open = False


def raise_held() -> None:
    """Let a signal that was held back raise, here and now."""
    with let_through():
        pass

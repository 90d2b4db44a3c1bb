"""Time limit of a command."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from semsearch.errors import SettingsError, TimedOut

_ALARM: Final = getattr(signal, "SIGALRM", None)  # Windows has none


@contextmanager
def time_limit(text: str | None) -> Iterator[None]:
    """Raise ``TimedOut`` in the main thread when a time such as ``2h`` is up; None is no limit.

    Raises ``SettingsError`` for an invalid time.
    """
    if text is None:
        yield
        return
    from semsearch.schedule.duration import duration  # here: few commands have a limit

    seconds = duration(text, "--timeout").total_seconds()
    if not seconds:
        raise SettingsError("--timeout must be more than 0")
    if _ALARM is None:
        timer = threading.Timer(seconds, _interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        return
    signal.signal(_ALARM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    TimedOut.was_asked = True
    raise TimedOut


def _interrupt() -> None:
    TimedOut.was_asked = True
    signal.raise_signal(signal.SIGINT)

"""A progress bar on stderr, where that is a terminal."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from semsearch.amounts import counted, usd_text
from semsearch.cli.render.terminal import printable_path
from semsearch.indexer.progress import Progress

if TYPE_CHECKING:
    from rich import progress


_MINUTE: Final = 60
_HOUR: Final = 3600
_FIRST_SECONDS: Final = 2.0  # before them the time left is not shown


def progress_text(now: Progress, seconds: float) -> str:
    """The progress after some seconds, and the time left at this pace.

    >>> progress_text(Progress(bytes_done=100, bytes_total=400, texts_embedded=5, tokens=900), 10)
    '5 passages, 900 tokens (90/s), 30 s left'
    """
    said = f"{counted(now.texts_embedded, 'passage')}, {counted(now.tokens, 'token')}"
    if seconds >= _FIRST_SECONDS and now.tokens:
        said += f" ({now.tokens / seconds:,.0f}/s)"
    if now.cost is not None:
        said += f", {usd_text(now.cost)}"
    if seconds >= _FIRST_SECONDS and 0 < now.bytes_done < now.bytes_total:
        left = seconds * (now.bytes_total - now.bytes_done) / now.bytes_done
        said += f", {_duration_text(left)} left"
    return said


def _duration_text(seconds: float) -> str:
    """A duration, rounded to a unit that a person expects.

    >>> _duration_text(30), _duration_text(150), _duration_text(9000)
    ('30 s', '3 min', '2.5 h')
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 100 * _MINUTE:
        return f"{max(2, math.ceil(seconds / _MINUTE))} min"
    return f"{seconds / _HOUR:.1f} h"


class Bar:
    """A progress bar of an index run."""

    def __init__(self, bars: "progress.Progress") -> None:
        self._bars = bars
        self._begun: float | None = None  # when the first file had been read
        self._task = bars.add_task("", total=None, said="", file="")

    def show(self, now: Progress) -> None:
        """Show the progress."""
        if self._begun is None and now.bytes_done:
            self._begun = time.monotonic()
        seconds = 0.0 if self._begun is None else time.monotonic() - self._begun
        self._bars.update(
            self._task,
            total=now.files_total,
            completed=now.files_done,
            said=progress_text(now, seconds),
            file=printable_path(now.file)[:40],
        )

    def hide(self) -> None:
        """Hide the bar while the terminal shows a question."""
        self._bars.stop()

    def unhide(self) -> None:
        """Show the bar again, below the lines printed meanwhile."""
        self._bars.start()


@contextmanager
def shown_progress(is_wanted: bool) -> Iterator[Bar | None]:
    """Yield a bar for the progress of an index run; None if stderr is no terminal."""
    if not is_wanted or not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # here: only a terminal pays for its import
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.completed}/{task.total} files"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[said]}", markup=False),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.fields[file]}", markup=False),
    )
    console = Console(stderr=True, highlight=False, markup=False)
    with progress.Progress(*columns, console=console, transient=True) as bars:
        yield Bar(bars)


@contextmanager
def shown_steps(is_wanted: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Yield a function of (step, done, total) that shows a bar; None if stderr is no terminal."""
    if not is_wanted or not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # here: only a terminal pays for its import
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeElapsedColumn(),
    )
    console = Console(stderr=True, highlight=False, markup=False)
    with progress.Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)

        def show(what: str, done: int, total: int) -> None:
            bars.update(task, description=what, completed=done, total=total)

        yield show

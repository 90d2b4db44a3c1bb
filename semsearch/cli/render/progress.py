"""A progress bar on stderr, where that is a terminal."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from semsearch.documents.text.printable import printable_path
from semsearch.indexer.progress import Progress
from semsearch.settings.amounts import counted, duration_text, usd_text

if TYPE_CHECKING:
    from rich import progress


_FIRST_SECONDS: Final = 2.0  # before them the time left is not shown
_RECENT: Final = 30.0  # seconds whose pace is told
_SHORTEST_NAME: Final = 12  # columns for the name of a file
_NARROWEST: Final = 20  # columns


def progress_text(now: Progress, left: float | None, width: int) -> str:
    """What is done of how much, the time left and the price so far, in at most ``width`` columns.

    ``left`` is in seconds. The name of the file that was looked at last fills the rest.

    >>> progress_text(Progress(files_done=3, files_total=9, texts_embedded=5, cost=0.2), 30, 70)
    '3 of 9 files, 5 passages, 30 s left, 0.20 USD'
    """
    if not now.files_total:
        return "looking through the folder"
    parts = [f"{now.files_done:,} of {counted(now.files_total, 'file')}"]
    if now.texts_total:
        parts.append(f"{now.texts_embedded:,} of {counted(now.texts_total, 'passage')}")
    elif now.texts_embedded:
        parts.append(counted(now.texts_embedded, "passage"))
    if left is not None:
        parts.append(f"{duration_text(left)} left")
    if now.cost:
        parts.append(usd_text(now.cost))
    told = ", ".join(parts)
    room = width - len(told) - 2
    file = printable_path(now.file)
    if now.files_done < now.files_total and file and room >= _SHORTEST_NAME:
        told += f"  {file if len(file) <= room else '…' + file[1 - room :]}"
    return told[:width]


class Pace:
    """The seconds that a run has left, by its pace of the last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._total = 0

    def left(self, done: int, total: int, now: float) -> float | None:
        """Return the seconds left when ``done`` of ``total`` is done at the time ``now``.

        None when nothing is left, and in the first seconds. What was done before the first call, by
        a run that was stopped, says nothing of the pace; with another total it begins anew.
        """
        if total != self._total:
            self._total = total
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _RECENT:
            self._seen.popleft()
        begun, before = self._seen[0]
        if now - begun < _FIRST_SECONDS or not before < done < total:
            return None
        return (now - begun) * (total - done) / (done - before)


class Bar:
    """The progress of an index run in one line."""

    def __init__(self, bars: "progress.Progress") -> None:
        self._bars = bars
        self._pace = Pace()
        self._task = bars.add_task("", total=None, said=progress_text(Progress(), None, 80))

    def show(self, now: Progress) -> None:
        """Show the progress."""
        is_reading = now.texts_total is None and now.bytes_done < now.bytes_total
        done, total = (
            (now.bytes_done, now.bytes_total)
            if is_reading
            else (now.texts_embedded, now.texts_total or 0)
        )
        left = self._pace.left(done, total, time.monotonic())
        width = max(_NARROWEST, self._bars.console.width - 1)
        self._bars.update(self._task, said=progress_text(now, left, width))

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

    columns = (progress.TextColumn("{task.fields[said]}", markup=False),)
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

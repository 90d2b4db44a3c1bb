"""A progress bar on stderr, where that is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from semsearch.output.terminal import printable_path
from semsearch.updating import Progress

if TYPE_CHECKING:
    from rich import progress


class Bar:
    """Shows how far a run has come."""

    def __init__(self, bars: "progress.Progress") -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, embedded=0, tokens=0, file="")

    def show(self, now: Progress) -> None:
        """Bring it up to date."""
        self._bars.update(
            self._task,
            total=now.files_total,
            completed=now.files_done,
            embedded=now.texts_embedded,
            tokens=now.tokens,
            file=printable_path(now.file)[:40],
        )

    def hide(self) -> None:
        """Leave the terminal to a question."""
        self._bars.stop()

    def unhide(self) -> None:
        """Go on below what was said meanwhile."""
        self._bars.start()


@contextmanager
def shown_progress(is_wanted: bool) -> Iterator[Bar | None]:
    """Give what an index run reports its progress to; None when nobody would see it."""
    if not is_wanted or not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # here: only a terminal pays for its import
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.completed}/{task.total} files"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[embedded]} passages, {task.fields[tokens]} tokens"),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.fields[file]}", markup=False),
    )
    console = Console(stderr=True, highlight=False, markup=False)
    with progress.Progress(*columns, console=console, transient=True) as bars:
        yield Bar(bars)

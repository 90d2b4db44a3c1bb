"""A progress bar on stderr, where that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from semsearch.output.terminal import printable_path
from semsearch.updating import Progress


@contextmanager
def shown_progress(is_wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Give what an index run reports its progress to; None when nobody would see it."""
    if not is_wanted or not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # here: only a terminal pays for its import
    from rich.console import Console
    from rich.text import Text

    columns = (
        progress.TextColumn("{task.completed}/{task.total} files"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[embedded]} passages, {task.fields[tokens]} tokens"),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.fields[file]}", markup=False),
    )
    console = Console(stderr=True, highlight=False, markup=False)
    with progress.Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None, embedded=0, tokens=0, file="")

        def show(now: Progress) -> None:
            bars.update(
                task,
                total=now.files_total,
                completed=now.files_done,
                embedded=now.texts_embedded,
                tokens=now.tokens,
                file=Text(printable_path(now.file), overflow="ellipsis").plain[:40],
            )

        yield show

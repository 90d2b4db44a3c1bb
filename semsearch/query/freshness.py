"""Check whether a folder has changed since its index was made, while a question is answered."""

import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from semsearch.documents.formats import format_of
from semsearch.documents.walk.walker import FileStat, Found, Part, walk
from semsearch.errors import SemsearchError
from semsearch.store.completeness import completeness_of
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.recorded_shard import recorded_shard
from semsearch.store.snapshot import open_snapshot

_SECONDS: Final = 0.05  # of processor time; changes not seen by then are not reported


@dataclass(frozen=True, slots=True)
class SeenChanges:
    """The counts of changed, removed and new files seen so far; ``is_all`` after all were checked.

    New files are looked for last.
    """

    changed: int = 0
    gone: int = 0
    new: int = 0
    is_all: bool = False

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.new)


class FreshnessCheck:
    """Compares the folder of an index with its record, in a thread.

    The thread takes at most 0.05 seconds of processor time, and no caller waits for it. Errors are
    not reported: ``semsearch status`` reports them.
    """

    def __init__(self, directory: IndexDirectory, seconds: float = _SECONDS) -> None:
        """Start the thread."""
        self._seconds = seconds
        self._seen = SeenChanges()
        self._thread = threading.Thread(target=self._run, args=(directory,), daemon=True)
        self._thread.start()

    @property
    def seen(self) -> SeenChanges:
        """The changes seen so far."""
        return self._seen

    def join(self) -> None:
        """Wait until the time is up, or all files were checked."""
        self._thread.join()

    def _run(self, directory: IndexDirectory) -> None:
        known: list[tuple[str, FileStat]] = []
        is_all = True
        try:
            # No transaction stays open while files are checked, which may be slow.
            with open_snapshot(directory, partial=True) as snapshot:
                found = completeness_of(snapshot)
                if found is not None and found.is_running:
                    return  # the run sees to the changes, and has not read all files yet
                corpus, shard = snapshot.corpus, recorded_shard(snapshot.generation.chunking)
                for stat in snapshot.view.documents.stats():
                    known.append(stat)
                    if time.thread_time() > self._seconds / 2:
                        is_all = False
                        break
            if corpus.is_dir() and self._compared(known, corpus) and is_all:
                self._seek_new(known, corpus, shard)
        except (SemsearchError, OSError, TypeError, ValueError):
            return  # the index is gone, or a row of it is damaged

    def _compared(self, known: Iterable[tuple[str, FileStat]], corpus: Path) -> bool:
        """Compare the known files, the last indexed first; return False if the time was up."""
        changed = gone = 0
        for path, before in known:
            now = _stat(corpus, path)
            if now is None or before.shows_change(now):
                gone += now is None
                changed += now is not None
                self._seen = SeenChanges(changed, gone)
            if time.thread_time() > self._seconds:
                return False
        return True

    def _seek_new(
        self, known: Iterable[tuple[str, FileStat]], corpus: Path, shard: Part | None
    ) -> None:
        """Count files that the index does not know."""
        paths = {path for path, _ in known}
        for item in walk(corpus, shard):
            if isinstance(item, Found) and item.path not in paths and format_of(item.path):
                self._seen = replace(self._seen, new=self._seen.new + 1)
            if time.thread_time() > self._seconds:
                return
        self._seen = replace(self._seen, is_all=True)


def _stat(corpus: Path, path: str) -> FileStat | None:
    try:
        return FileStat.of(os.stat(f"{corpus}/{path}", follow_symlinks=False))  # noqa: PTH116  # faster
    except OSError:
        return None

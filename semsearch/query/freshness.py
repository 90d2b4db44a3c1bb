"""Whether a folder has changed since its index was made, found while a question is answered."""

import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from semsearch.documents.formats import format_of
from semsearch.documents.walk.walker import FileStat, Found, walk
from semsearch.errors import SemsearchError
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import open_snapshot

_SECONDS: Final = 0.05  # of processor time; what is not seen by then is not told


@dataclass(frozen=True, slots=True)
class Seen:
    """How many files were seen to have changed, gone and come; ``is_all`` when all were looked at.

    New files are looked for last.
    """

    changed: int = 0
    gone: int = 0
    new: int = 0
    is_all: bool = False

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.new)


class Look:
    """A look at the folder of an index by a thread of its own.

    It takes a twentieth of a second of processor time at the most. Nobody waits for it, and what
    goes wrong is not told: that is for ``semsearch status``.
    """

    def __init__(self, directory: IndexDirectory, seconds: float = _SECONDS) -> None:
        """Begins at once."""
        self._seconds = seconds
        self._seen = Seen()
        self._thread = threading.Thread(target=self._look, args=(directory,), daemon=True)
        self._thread.start()

    @property
    def seen(self) -> Seen:
        """What has been seen by now."""
        return self._seen

    def join(self) -> None:
        """Wait until the time is up, or all is seen."""
        self._thread.join()

    def _look(self, directory: IndexDirectory) -> None:
        known: list[tuple[str, FileStat]] = []
        is_all = True
        try:
            # No transaction is open while files are looked at, which may be slow to come.
            with open_snapshot(directory) as snapshot:
                corpus = snapshot.corpus
                for one in snapshot.view.documents.stats():
                    known.append(one)
                    if time.thread_time() > self._seconds / 2:
                        is_all = False
                        break
            if corpus.is_dir() and self._compared(known, corpus) and is_all:
                self._seek_new(known, corpus)
        except (SemsearchError, OSError, TypeError, ValueError):
            return  # there is no index any more, or a row of it is damaged

    def _compared(self, known: Iterable[tuple[str, FileStat]], corpus: Path) -> bool:
        """Look at what is known, the files that were indexed last first, as long as there is time.

        Returns whether there was enough.
        """
        changed = gone = 0
        for path, before in known:
            now = _stat(corpus, path)
            if now is None or not before.may_be(now):
                gone += now is None
                changed += now is not None
                self._seen = Seen(changed, gone)
            if time.thread_time() > self._seconds:
                return False
        return True

    def _seek_new(self, known: Iterable[tuple[str, FileStat]], corpus: Path) -> None:
        """Look for what is not known."""
        paths = {path for path, _ in known}
        for item in walk(corpus):
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

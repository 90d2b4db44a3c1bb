"""Stamps of large derived files: size, inode and mtime, so that a query need not hash them.

A writer stores the stamp of each large file that it has just hashed. A reader trusts a file that
still has its stamp, and hashes all other files. ``verify`` hashes every file. (ctime is left out:
a hard link from the next generation changes it.)
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

STAMPS: Final = "stamps"  # the name of the note

_LARGE: Final = 8 << 20  # bytes; hashing them takes 10 ms

Stamp = tuple[int, int, int]


class Stamps:
    """Stamps by file name, relative to the index directory."""

    def __init__(self, kept: Mapping[str, Stamp]) -> None:
        self._kept = kept

    def vouch_for(self, name: str, stat: os.stat_result) -> bool:
        """Whether a file has its stored stamp, so that its hash is known to be right."""
        return self._kept.get(name) == _stamp(stat)

    def with_those(self, newer: "Stamps") -> "Stamps":
        """Both sets of stamps; ``newer`` wins where both have a file."""
        return Stamps({**self._kept, **newer._kept})

    def of_existing(self, directory: Path) -> "Stamps":
        """The stamps of files that still exist."""
        return Stamps(
            {name: stamp for name, stamp in self._kept.items() if (directory / name).exists()}
        )

    def as_note(self) -> str:
        """Serialise the stamps for ``stamps_of``."""
        return json.dumps(self._kept)


NO_STAMPS: Final = Stamps({})


def stamps_of(view: NoteReader) -> Stamps:
    """The stored stamps; none if the note is missing or damaged, so that all files are hashed."""
    try:
        kept = parsed(view.note(STAMPS) or "{}")
        return Stamps({str(name): (int(a), int(b), int(c)) for name, (a, b, c) in kept.items()})
    except (IndexDamaged, AttributeError, TypeError, ValueError):
        return NO_STAMPS


def stamped(directory: Path, paths: Iterable[Path]) -> Stamps:
    """Stamps of files that the caller has just hashed, of those that exist and are large."""
    stats = {path: path.stat() for path in paths if path.exists()}
    return Stamps(
        {
            path.relative_to(directory).as_posix(): _stamp(stat)
            for path, stat in stats.items()
            if stat.st_size >= _LARGE
        }
    )


def _stamp(stat: os.stat_result) -> Stamp:
    return stat.st_size, stat.st_ino, stat.st_mtime_ns

"""Large derived files by their stat, so that not every question waits for their whole hash.

A writer notes size, inode and time of each large file whose bytes it has just hashed. A reader
takes a file that still has them for what was written; it hashes all others, and every small one.
``verify`` hashes all. (The time of the inode is left out: a link from the next generation sets it.)
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

from semsearch.errors import IndexDamaged

STAMPS: Final = "stamps"  # the note that keeps them

_LARGE: Final = 8 << 20  # bytes; hashing as many takes 10 ms

Stamp = tuple[int, int, int]


class Stamps:
    """By a file's name, relative to the index."""

    def __init__(self, kept: Mapping[str, Stamp]) -> None:
        self._kept = kept

    def vouch_for(self, name: str, stat: os.stat_result) -> bool:
        """Whether a file is the one whose hash was right."""
        return self._kept.get(name) == _stamp(stat)

    def with_those(self, newer: "Stamps") -> "Stamps":
        """These and others, which hold where both have a file."""
        return Stamps({**self._kept, **newer._kept})

    def of_existing(self, directory: Path) -> "Stamps":
        """Those of files that are still there."""
        return Stamps(
            {name: stamp for name, stamp in self._kept.items() if (directory / name).exists()}
        )

    def as_note(self) -> str:
        """For ``stamps_of`` to read."""
        return json.dumps(self._kept)


NO_STAMPS: Final = Stamps({})


class Noting(Protocol):
    """What small facts can be read from."""

    def note(self, name: str) -> str | None:
        """A fact; raises ``IndexDamaged``."""


def stamps_of(view: Noting) -> Stamps:
    """What was noted; nothing where the note is missing or damaged, so that all is hashed."""
    try:
        kept = json.loads(view.note(STAMPS) or "{}")
        return Stamps({str(name): (int(a), int(b), int(c)) for name, (a, b, c) in kept.items()})
    except (IndexDamaged, AttributeError, TypeError, ValueError):
        return NO_STAMPS


def stamped(directory: Path, paths: Iterable[Path]) -> Stamps:
    """The stamps of some files, which the caller has hashed, as far as they are there and large."""
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

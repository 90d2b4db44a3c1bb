"""Marks of the derived files that this machine has written, and stamps of the large ones.

An index may come from somebody else, with hashes that fit. So no derived file is opened by a native
library unless its digest has this machine's mark; without it, the index is derived from the rows.

A writer also stores the stamp of each large file that it has just hashed: a mark of its size, inode
and mtime. A reader trusts a file that still has its stamp, and hashes all other files. ``verify``
hashes every file. (ctime is in the stamps of ANN files only: a hard link from the next generation
changes that of the others.)
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.settings.machine_key import is_mark_of, mark_of
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

STAMPS: Final = "stamps"  # the name of the note

_LARGE: Final = 8 << 20  # bytes; hashing them takes 10 ms
_STAMP, _MADE = "stamp", "made here"  # kinds of marks
_STAMPED, _MARKED = "stamps", "marks"  # names in the note


class Stamps:
    """Marks and stamps by file name, relative to the index directory."""

    def __init__(self, kept: Mapping[str, str], made: Mapping[str, str] | None = None) -> None:
        self._kept = kept
        self._made = made or {}

    def vouch_for(self, name: str, stat: os.stat_result) -> bool:
        """Whether a file has its stored stamp, so that its hash is known to be right."""
        return name in self._kept and is_mark_of(self._kept[name], _STAMP, *_seen(name, stat))

    def are_of(self, name: str, digest: bytes) -> bool:
        """Whether this machine has written the file of this name and digest."""
        return name in self._made and is_mark_of(self._made[name], _MADE, digest)

    def with_those(self, newer: "Stamps") -> "Stamps":
        """Both sets of stamps; ``newer`` wins where both have a file."""
        return Stamps({**self._kept, **newer._kept}, {**self._made, **newer._made})

    def of_existing(self, directory: Path) -> "Stamps":
        """The stamps of files that still exist."""
        return Stamps(
            *(
                {name: one for name, one in some.items() if (directory / name).exists()}
                for some in (self._kept, self._made)
            )
        )

    def as_note(self) -> str:
        """Serialise the stamps for ``stamps_in``."""
        return json.dumps({_STAMPED: self._kept, _MARKED: self._made})


NO_STAMPS: Final = Stamps({})


def stamps_of(view: NoteReader) -> Stamps:
    """The stored stamps; none if the note is missing or damaged, so that all files are hashed."""
    try:
        return stamps_in(view.note(STAMPS) or "{}")
    except IndexDamaged:
        return NO_STAMPS


def stamps_in(note: str) -> Stamps:
    """The stamps in a note; none if it is damaged, or of an earlier version without marks."""
    try:
        found = parsed(note)
        return Stamps(dict(found[_STAMPED]), dict(found[_MARKED]))
    except (KeyError, TypeError, ValueError):
        return NO_STAMPS


def stamped(
    directory: Path, paths: Iterable[Path], made: Mapping[str, bytes] = MappingProxyType({})
) -> Stamps:
    """Stamps of files that the caller has just hashed, of those that exist and are large.

    ``made`` are the digests, by name, of files that the caller has written or found marked.
    """
    stats = {path.relative_to(directory).as_posix(): path.stat() for path in paths if path.exists()}
    return Stamps(
        {
            name: mark_of(_STAMP, *_seen(name, stat))
            for name, stat in stats.items()
            if stat.st_size >= _LARGE
        },
        {name: mark_of(_MADE, digest) for name, digest in made.items()},
    )


def _seen(name: str, stat: os.stat_result) -> tuple[str | int, ...]:
    changed = stat.st_ctime_ns if name.endswith(".faiss") else 0
    return name, stat.st_size, stat.st_ino, stat.st_mtime_ns, changed

"""The note of how many of an index's vectors a shared folder has."""

import json
from dataclasses import dataclass
from typing import Self

from semsearch.errors import IndexDamaged
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader


def note_name(embedder: StoredEmbedder) -> str:
    """The name of the note of an embedder's vectors."""
    return f"shared vectors of embedder {embedder.id}"


@dataclass(frozen=True, slots=True)
class SharedMark:
    """All vectors up to a row of the record are in the folder; its hash tells a row replaced.

    Later vectors have greater numbers as long as this row is there, so that a run that was killed
    need not have noted anything.
    """

    folder: str
    row: int
    hash: str  # hexadecimal

    @classmethod
    def of(cls, folder: str, row: tuple[int, bytes]) -> Self:
        """The mark at a row, given as its number and hash."""
        return cls(folder, row[0], row[1].hex())

    def as_note(self) -> str:
        """Serialise it for ``shared_mark``."""
        return json.dumps([self.folder, self.row, self.hash])


def shared_mark(notes: NoteReader, embedder: StoredEmbedder) -> SharedMark | None:
    """The mark of an embedder's vectors; None where there is none, or it is damaged."""
    try:
        kept = notes.note(note_name(embedder))
        return None if kept is None else SharedMark(*parsed(kept))
    except (IndexDamaged, TypeError, ValueError):
        return None

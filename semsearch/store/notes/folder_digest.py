"""What the folder was like when a run had brought its index in line with it, kept as a note.

A run that finds the folder so again need not read the documents of the record, and what its report
says of them is kept, too. Whoever may change a document forgets the note first.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.note_rows import NoteReader

LISTING: Final = "listing"  # the note


@dataclass(frozen=True, slots=True)
class KeptListing:
    """``digest`` is that of all that was seen; the rest tells of the documents of the record."""

    digest: str  # SHA-256, hexadecimal
    files: int
    searchable: int  # documents that can be found
    coverage: float  # as of ``share_covered``
    left_out: tuple[int, ...]  # ids of the documents of which something cannot be found

    def as_note(self) -> str:
        """For ``kept_listing`` to read."""
        return json.dumps(asdict(self))


def kept_listing(view: NoteReader) -> KeptListing | None:
    """What was kept; None where nothing was, or it is damaged."""
    try:
        kept = json.loads(view.note(LISTING) or "")
        return KeptListing(**{**kept, "left_out": tuple(kept["left_out"])})
    except (IndexDamaged, LookupError, TypeError, ValueError):
        return None

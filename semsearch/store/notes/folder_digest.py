"""The digest of the folder's listing after the last run, stored as a note.

A run that finds the folder with this digest has nothing to index, and takes the numbers for its
report from the note instead of reading all documents. Every call that may change a document removes
the note first.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

LISTING: Final = "listing"  # the name of the note


@dataclass(frozen=True, slots=True)
class KeptListing:
    """``listing`` of the folder, ``digest`` of it and all by which a run tells unchanged files.

    Both are SHA-256, hexadecimal. The numbers are about the documents of the record.
    """

    listing: str
    digest: str
    files: int
    searchable: int  # documents that can be found
    coverage: float  # as of ``share_covered``
    left_out: tuple[int, ...]  # ids of documents that cannot be found, or not all of their pages

    def as_note(self) -> str:
        """Serialise it for ``kept_listing``."""
        return json.dumps(asdict(self))


def kept_listing(view: NoteReader) -> KeptListing | None:
    """The stored listing; None if there is none, or it is damaged."""
    try:
        kept = parsed(view.note(LISTING) or "")
        return KeptListing(**{**kept, "left_out": tuple(kept["left_out"])})
    except (IndexDamaged, LookupError, TypeError, ValueError):
        return None

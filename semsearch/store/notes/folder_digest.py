"""Digests of the folder's listing after the last run, stored as notes.

A run that finds the folder with this digest has nothing to index, and takes the numbers for its
report from the note instead of reading all documents. Where the folder has another digest, those of
its subfolders tell in which of them something has changed. Every call that may change a document
removes the note of the listing first, without which that of the subfolders tells nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

LISTING: Final = "listing"  # the names of the notes
FOLDERS: Final = "folders"
_DIGEST: Final = 16  # bytes of a digest of a folder


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


@dataclass(frozen=True, slots=True)
class KeptFolders:
    """Digests of the files of each folder, by that of its path, as ``listing`` was their whole.

    ``documents`` can be found as wholes, and have so many ``pages``, or one if they have none.
    """

    listing: str
    documents: int
    pages: int
    digests: Mapping[bytes, bytes]

    def as_note(self) -> str:
        """Serialise them for ``kept_folders``."""
        digests = b"".join(way + content for way, content in self.digests.items())
        return json.dumps([self.listing, self.documents, self.pages, digests.hex()])


def kept_folders(view: NoteReader, listing: str) -> KeptFolders | None:
    """The digests of folders of a listing; None if there are none, or they are damaged."""
    try:
        kept, documents, pages, digests = parsed(view.note(FOLDERS) or "")
        if kept != listing or not type(documents) is type(pages) is int:
            return None
        raw = bytes.fromhex(digests)
        parts = [raw[at : at + _DIGEST] for at in range(0, len(raw), _DIGEST)]
        by_way = dict(zip(parts[::2], parts[1::2], strict=True))
        return KeptFolders(listing, documents, pages, by_way)
    except (IndexDamaged, LookupError, TypeError, ValueError):
        return None

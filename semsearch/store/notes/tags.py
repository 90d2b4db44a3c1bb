"""Tags of documents, stored as a note.

A tag belongs to the content of a file, by the SHA-256 of its bytes: it survives renaming, and is
lost when the file changes.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

TAGS: Final = "tags"  # the note: a JSON object, tag → list of hexadecimal digests


def tags_of(view: NoteReader) -> Mapping[str, frozenset[bytes]]:
    """The digests of the files with each tag.

    Raises ``IndexDamaged`` when the note cannot be read.
    """
    try:
        return _read(view.note(TAGS))
    except (AttributeError, TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the tags of the index cannot be used ({error}); run: semsearch classify --reset"
        ) from error


def as_note(tags: Mapping[str, Iterable[bytes]]) -> str | None:
    """Serialise tags for ``tags_of``; None when nothing is tagged."""
    kept = {tag: sorted(digest.hex() for digest in digests) for tag, digests in tags.items()}
    kept = {tag: digests for tag, digests in sorted(kept.items()) if digests}
    return json.dumps(kept) if kept else None


def of_those(note: str | None, digests: Collection[bytes]) -> str | None:
    """The note with the tags of some files only; None when it cannot be read."""
    try:
        kept = _read(note)
    except (AttributeError, TypeError, ValueError):
        return None
    return as_note({tag: of_tag & frozenset(digests) for tag, of_tag in kept.items()})


def _read(note: str | None) -> Mapping[str, frozenset[bytes]]:
    kept = parsed(note or "{}")
    return {tag: frozenset(map(bytes.fromhex, digests)) for tag, digests in kept.items()}

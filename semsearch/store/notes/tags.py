"""Labels of documents, kept as a note of the record.

A tag belongs to what a file has in it, by the SHA-256 of its bytes: it outlives a new name, and
ends when the file changes.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.note_rows import NoteReader

TAGS: Final = "tags"  # the note that keeps them: a JSON object of lists of digests, in hexadecimal


def tags_of(view: NoteReader) -> Mapping[str, frozenset[bytes]]:
    """The digests of the files that each tag belongs to.

    Raises ``IndexDamaged`` when they are not what was kept.
    """
    try:
        return _read(view.note(TAGS))
    except (AttributeError, TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the tags of the index cannot be used ({error}); run: semsearch classify --reset"
        ) from error


def as_note(tags: Mapping[str, Iterable[bytes]]) -> str | None:
    """For ``tags_of`` to read; None when nothing is tagged."""
    kept = {tag: sorted(digest.hex() for digest in digests) for tag, digests in tags.items()}
    kept = {tag: digests for tag, digests in sorted(kept.items()) if digests}
    return json.dumps(kept) if kept else None


def of_those(note: str | None, digests: Collection[bytes]) -> str | None:
    """The tags of some files only, and none when they cannot be read."""
    try:
        kept = _read(note)
    except (AttributeError, TypeError, ValueError):
        return None
    return as_note({tag: of_tag & frozenset(digests) for tag, of_tag in kept.items()})


def _read(note: str | None) -> Mapping[str, frozenset[bytes]]:
    kept = json.loads(note or "{}")
    return {tag: frozenset(map(bytes.fromhex, digests)) for tag, digests in kept.items()}

"""The note with what the runs of an index have learned of its embedder's server."""

from semsearch.errors import IndexDamaged
from semsearch.store.record.note_rows import NoteReader


def note_name(uri: str) -> str:
    """The name of the note for the embedder of a URI."""
    return f"experience {uri}"  # this name is on disk


def learned_limits_of(view: NoteReader, uri: str) -> str | None:
    """What was learned, as JSON; None if nothing was, or the note is damaged."""
    try:
        return view.note(note_name(uri))
    except IndexDamaged:
        return None

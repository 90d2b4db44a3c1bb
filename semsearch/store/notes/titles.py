"""Vectors of the titles of documents: which documents have theirs.

A title has its vector as any text has, under its digest. Only a local embedder makes them: nothing
that a file is called is sent to a server for it.
"""

from collections.abc import Iterable
from typing import Final

from semsearch.documents.names import title_in_words
from semsearch.documents.passage import text_digest
from semsearch.errors import IndexDamaged
from semsearch.store.record.generations import Generation, StoredEmbedder
from semsearch.store.record.note_rows import NoteReader
from semsearch.store.record.view import View

EMBEDDED: Final = "titles of embedder *"  # the names of all such notes, as a pattern


def embedded_note(embedder: StoredEmbedder) -> str:
    """The name of the note with the last generation whose titles all have vectors."""
    return EMBEDDED.replace("*", str(embedder.id))


def have_vectors(view: NoteReader, generation: Generation | None) -> bool:
    """Whether every title of a whole generation has a vector; False where that is not known."""
    if generation is None:
        return False
    try:
        noted = _noted(view, generation.embedder)
    except IndexDamaged:
        return False
    return noted is not None and noted >= generation.number - 1  # noted before the commit


def _noted(view: NoteReader, embedder: StoredEmbedder) -> int | None:
    noted = view.note(embedded_note(embedder)) or ""
    return int(noted) if noted.isdecimal() and noted.isascii() else None


def titles_without_vector(view: View, embedder: StoredEmbedder) -> list[str]:
    """Return the titles that have no vector yet, each once, of a generation to come."""
    noted = _noted(view, embedder)
    digests = digests_of_titles(view.documents.names(since=0 if noted is None else noted + 1))
    known = view.vectors.known(embedder, list(digests))
    return [title for digest, title in digests.items() if digest not in known]


def digests_of_titles(names: Iterable[tuple[str, str | None]]) -> dict[bytes, str]:
    """Return the title by its text's digest, of documents given as (path, title)."""
    titles = {title_in_words(path, title) for path, title in names}
    return {text_digest(title): title for title in sorted(filter(None, titles))}

"""Vectors of the titles of documents: which documents have theirs.

A title has its vector as any text has, under its digest. Only a local embedder makes them: nothing
that a file is called is sent to a server for it.
"""

from collections.abc import Iterable
from typing import Final

from semsearch.documents.names import title_in_words
from semsearch.documents.passage import text_digest
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.view import View

EMBEDDED: Final = "titles of embedder *"  # the names of all such notes, as a pattern


def embedded_note(embedder: StoredEmbedder) -> str:
    """The name of the note with the last generation whose titles all have vectors."""
    return EMBEDDED.replace("*", str(embedder.id))


def titles_without_vector(view: View, embedder: StoredEmbedder) -> list[str]:
    """Return the titles that have no vector yet, each once, of a generation to come."""
    noted = view.note(embedded_note(embedder)) or ""
    since = int(noted) + 1 if noted.isdecimal() and noted.isascii() else 0
    digests = digests_of_titles(view.documents.names(since=since))
    known = view.vectors.known(embedder, list(digests))
    return [title for digest, title in digests.items() if digest not in known]


def digests_of_titles(names: Iterable[tuple[str, str | None]]) -> dict[bytes, str]:
    """Return the title by its text's digest, of documents given as (path, title)."""
    titles = {title_in_words(path, title) for path, title in names}
    return {text_digest(title): title for title in sorted(filter(None, titles))}

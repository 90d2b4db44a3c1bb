"""Embed the titles of documents, as evidence beside their passages (``query/document_names``)."""

from contextlib import suppress

from semsearch.embedders.embedder import Batches, Embedder, embedder_of_passages
from semsearch.errors import EmbedderError
from semsearch.store.notes.titles import embedded_note, titles_without_vector
from semsearch.store.writer import IndexWriter


def embed_titles(embedder: Embedder, writer: IndexWriter) -> None:
    """Store a vector for each title that has none, if the embedder costs nothing.

    What documents are called is sent to no server. The note that all titles have vectors is put
    only then: a query takes a title without its vector for damage.
    """
    if not embedder.is_local:
        return
    missing = titles_without_vector(writer.view, writer.embedder)
    lacking = len(missing)
    with suppress(EmbedderError):  # passages have their vectors; the next run tries again
        for batch in Batches(embedder_of_passages(embedder), missing) if missing else ():
            titles = [missing[position] for position in batch.positions]
            writer.vectors.put_titles(titles, batch.vectors)
            lacking -= len(titles)
    if lacking:
        writer.notes.put(embedded_note(writer.embedder), None)  # of a run that was not committed
        return
    # Not this generation's number, which is another's if this one is not committed.
    writer.notes.put(embedded_note(writer.embedder), str(writer.number - 1))

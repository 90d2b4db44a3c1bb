"""Publish the generation to come before each of its texts has a vector, and withdraw it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from semsearch.embedders.lazy_numpy import np
from semsearch.errors import GenerationRefused
from semsearch.store.derived.file_stamps import stamps_of
from semsearch.store.derived.maker import DerivedMaker, Made
from semsearch.store.derived.named_files import put_stamps, remove_unnamed
from semsearch.store.derived.recall import RECALL
from semsearch.store.disk.ids import IdSet
from semsearch.store.notes.cosine_baseline import BASELINE, as_note, measure_baseline
from semsearch.store.record.changes import changes_since, counted
from semsearch.store.record.generations import Generation, absolute_corpus, kept_generations
from semsearch.store.record.note_rows import CommitNotes
from semsearch.store.record.partial_generation import (
    PARTIAL,
    PartialGeneration,
    drop_partial,
    file_number,
    partial_generation,
    shown_generations,
)
from semsearch.store.record.sqlite import transaction
from semsearch.store.record.view import View
from semsearch.store.snapshot import Snapshot

if TYPE_CHECKING:
    from semsearch.store.writer import IndexWriter


def publish_partial(
    writer: "IndexWriter",
    check: Callable[[Snapshot], None] | None = None,
    without: IdSet | None = None,
) -> PartialGeneration:
    """Show readers the generation to come as far as the run has come, in one transaction.

    Its derived files are made first; those of the publication before are then removed. The rows
    and the number of the generation to come stay, and so does the last whole generation. ``check``
    is called within the transaction and may raise ``GenerationRefused``: then nothing is published.
    The vectors of the texts ``without`` are left out, so that the words come without delay.
    """
    connection, directory = writer.connection, writer.directory
    before, stamps = partial_generation(connection), stamps_of(writer.view)
    serial = before.serial + 1 if before else 1
    changes = changes_since(connection, writer.committed) if writer.committed else None
    maker = DerivedMaker(
        directory,
        file_number(writer.number, serial),
        kept_generations(connection),
        stamps,
        before.generation if before else None,
        writer.published,
    )
    lacking = writer.ids_without_vector()
    if without:
        texts = writer.view.texts.ids()
        lacking = np.union1d(lacking, texts[without.has(texts)])
    made = maker.make_partial(writer.view, writer.embedder, changes, lacking)
    counts = changes.counts if changes else counted(writer.view)
    generation = Generation(
        number=writer.number,
        created=datetime.now(UTC).replace(microsecond=0),
        corpus=writer.corpus,
        embedder=writer.embedder,
        chunking=writer.chunking,
        derived=made.files,
        documents=counts.documents,
        passages=counts.passages,
        repeats={},
    )
    partial = PartialGeneration(generation, serial, len(made.texts) + len(lacking), len(made.texts))
    try:
        with transaction(connection):
            notes = CommitNotes(connection)
            notes.put(PARTIAL, partial.as_note())
            notes.put(BASELINE, _baseline(writer, partial, made))
            if made.recall is not None:
                notes.put(RECALL, made.recall.as_note())
            put_stamps(directory, notes, stamps, [made.files])
            if check is not None:
                check(_snapshot(writer, partial))
    except GenerationRefused:
        remove_unnamed(directory, shown_generations(connection))
        raise
    # After an error of the disk this transaction may still be read back: its files stay.
    remove_unnamed(directory, shown_generations(connection))
    writer.published = made.words
    return partial


def withdraw_partial(writer: "IndexWriter") -> None:
    """Show readers the last whole generation again."""
    if partial_generation(writer.connection) is None:
        return
    with transaction(writer.connection):
        drop_partial(writer.connection)
        if (last := writer.committed) is not None:
            view = View(writer.connection, last.number)
            baseline = measure_baseline(view, last.embedder, view.texts.ids())
            CommitNotes(writer.connection).put(BASELINE, as_note(baseline))
    remove_unnamed(writer.directory, shown_generations(writer.connection))


def _baseline(writer: "IndexWriter", partial: PartialGeneration, made: Made) -> str:
    """The baseline of the texts that have a vector, in an index of all texts."""
    measured = measure_baseline(writer.view, writer.embedder, made.texts)
    return as_note(replace(measured, texts=partial.texts))


def _snapshot(writer: "IndexWriter", partial: PartialGeneration) -> Snapshot:
    """The partial generation as a reader would see it."""
    generation = partial.generation
    corpus = absolute_corpus(generation.corpus, writer.path)
    view = View(writer.connection, generation.number, is_partial=True)
    return Snapshot(writer.directory, corpus, generation, view, partial)

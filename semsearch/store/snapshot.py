"""A generation opened for reading, in one read transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from semsearch.errors import IndexMissing
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids, is_among
from semsearch.store.no_generation import no_generation
from semsearch.store.protocol import Records
from semsearch.store.record.connection import RecordReader, RecordState, open_to_read
from semsearch.store.record.generations import (
    Generation,
    absolute_corpus,
    kept_generations,
    last_generation,
    pending_corpus,
)
from semsearch.store.record.partial_generation import PartialGeneration, partial_generation
from semsearch.store.record.view import View

_SHOWN: Final = 3  # damaged rows named in a notice


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A generation, its corpus and its rows; consistent as long as it is open.

    ``partial`` is set where the generation is published and not whole yet. Snapshots of a reader
    with equal ``state`` were opened without a commit between them; None where that is not known.
    """

    directory: IndexDirectory
    corpus: Path
    generation: Generation
    view: View
    partial: PartialGeneration | None = None
    state: RecordState | None = None

    def texts_with_vector(self) -> Ids:
        """The ids of the texts that have a vector, ascending; in a whole generation of all."""
        texts = self.view.texts.ids()
        if self.partial is None:
            return texts
        lacking = self.view.vectors.ids_without(self.generation.embedder)
        return texts[~is_among(texts, lacking)]


def withheld_notices(
    snapshot: Records, repaired_by: str = "run: semsearch repair"
) -> tuple[str, ...]:
    """A notice about the damaged rows that were left out so far; none if there were none."""
    names = sorted(snapshot.view.withheld)
    if not names:
        return ()
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return (f"{len(names)} damaged rows are left out ({shown}); {repaired_by}",)


@contextmanager
def open_snapshot(
    directory: IndexDirectory,
    wanted: Generation | None = None,
    record: RecordReader | None = None,
    *,
    partial: bool = False,
) -> Iterator[Snapshot]:
    """Open the newest generation, or the generation ``wanted`` if it is still kept.

    With ``partial`` a partial generation counts, too. Pass a ``RecordReader`` to reuse its
    connection for several snapshots. Raises ``IndexMissing`` when no generation is committed, or
    ``wanted`` is not kept any more.
    """
    with record.opened() if record else open_to_read(directory.record) as connection:
        published = partial_generation(connection)
        generation = last_generation(connection)
        if partial and published is not None and wanted in (None, published.generation):
            generation = published.generation
        elif wanted is not None and generation != wanted:
            generation = next(
                (kept for kept in kept_generations(connection) if kept == wanted), None
            )
        if generation is None:
            raise no_generation(directory, published)
        corpus = absolute_corpus(generation.corpus, directory.path)
        is_partial = published is not None and generation == published.generation
        yield Snapshot(
            directory,
            corpus,
            generation,
            View(connection, generation.number, is_partial=is_partial),
            published if is_partial else None,
            record.state(connection) if record else None,
        )


def corpus_of(directory: IndexDirectory) -> Path:
    """The folder that an index was made of, also before its first run has ended.

    Raises ``IndexMissing`` when no run was begun.
    """
    try:
        with open_snapshot(directory) as snapshot:
            return snapshot.corpus
    except IndexMissing:
        with open_to_read(directory.record) as connection:
            corpus = pending_corpus(connection, directory.path)
        if corpus is None:
            raise
        return corpus

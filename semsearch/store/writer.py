"""The writer of an index: adds the rows of the next generation and commits it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

from semsearch.errors import GenerationRefused
from semsearch.store.derived.file_stamps import stamps_of
from semsearch.store.derived.maker import DerivedMaker
from semsearch.store.derived.named_files import put_stamps, remove_unnamed
from semsearch.store.derived.private_copy import remove_private_copies
from semsearch.store.derived.rebuild import rebuild_damaged, rehash_generations
from semsearch.store.derived.recall import RECALL
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids
from semsearch.store.history import History
from semsearch.store.notes.cosine_baseline import BASELINE, as_note, measure_baseline
from semsearch.store.notes.folder_digest import LISTING
from semsearch.store.record.batch_jobs import BatchJobs
from semsearch.store.record.changes import Changes, Counts, changes_since, counted
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.document_rows import DocumentRows
from semsearch.store.record.generations import (
    DerivedFiles,
    Generation,
    StoredEmbedder,
    absolute_corpus,
    kept_generations,
    last_generation,
    relative_corpus,
)
from semsearch.store.record.note_rows import CommitNotes, Notes
from semsearch.store.record.partial_generation import (
    drop_partial,
    partial_generation,
    shown_generations,
)
from semsearch.store.record.schema import LAST_GENERATION
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.vector_rows import VectorRows
from semsearch.store.record.view import View
from semsearch.store.snapshot import Snapshot

CommitCheck = Callable[[Snapshot, CommitNotes], None]


class IndexWriter:
    """Writes generation ``number``; readers see nothing of it before ``commit``.

    Each call is one transaction, so that a process killed at any moment has kept every document
    and vector of the calls that returned. Calls that store vectors are synced to the disk, with
    all calls before them, and survive a power cut.

    ``view`` shows the generation to come, ``before`` the last one (nothing before the first
    commit). ``documents``, ``vectors``, ``notes`` and ``batch_jobs`` write rows. ``corpus``, as it
    is stored, and ``chunking``, the profile as JSON, are those of the run; ``begin`` sets them.
    """

    def __init__(self, connection: Connection, directory: IndexDirectory) -> None:
        self.connection = connection
        self.directory = directory
        self.committed = last_generation(connection)
        self.number = self.committed.number + 1 if self.committed else 1
        self.view = View(connection, self.number)
        self.before = View(connection, self.number - 1)
        self.notes = Notes(connection)
        self.batch_jobs = BatchJobs(connection)
        self.vectors = VectorRows(connection, directory.path)
        self.documents = DocumentRows(connection, self.number, self.vectors)
        self.corpus = b""
        self.chunking = ""
        self.published: Ids | None = None  # the texts of the partial generation, once it has shown

    @property
    def path(self) -> Path:
        """The index directory."""
        return self.directory.path

    @property
    def embedder(self) -> StoredEmbedder:
        """The embedder row that vectors are stored under; set by ``begin``."""
        return self.vectors.embedder

    def begin(self, corpus: Path, uri: str, chunking: str, *, fresh: bool) -> None:
        """Start a run of a folder, an embedder and a chunking profile (JSON).

        Rows that a stopped run of this folder and chunking has left are kept. ``fresh`` puts the
        existing vectors aside; a stopped fresh run goes on with the vectors that it has made, also
        when other runs came between.
        """
        self.corpus = relative_corpus(corpus, self.directory.path)
        self.chunking = chunking
        self.vectors.take_reserve()
        with transaction(self.connection):
            pending = self.connection.execute("select * from pending").fetchone()
            CommitNotes(self.connection).put(LISTING, None)
            if pending is None or pending[:2] != (self.corpus, chunking):
                self.documents.discard()
                drop_partial(self.connection)
            stopped = pending[2] if pending else None
            committed = self.committed.embedder.id if self.committed else None
            self.vectors.choose(uri, fresh, committed, stopped)
            self.connection.execute("delete from pending")
            self.connection.execute(
                "insert into pending values (?, ?, ?)",
                (self.corpus, chunking, self.embedder.id if fresh else stopped),
            )

    def begin_again(self, generation: Generation) -> None:
        """Start from a generation, with its folder, embedder row and chunking profile.

        Rows that a stopped run has left are removed, but for its vectors.
        """
        self.corpus, self.chunking = generation.corpus, generation.chunking
        self.vectors.embedder = generation.embedder
        with transaction(self.connection):
            CommitNotes(self.connection).put(LISTING, None)
            self.documents.discard()
            drop_partial(self.connection)

    def settle(self) -> None:
        """Move changes of skipped files to the committed generation, whose number stays.

        For a run without other changes.
        """
        assert self.committed is not None  # else everything is a change
        number = self.committed.number
        with transaction(self.connection):
            if more := self.documents.settle():
                self.connection.execute(
                    "update generation set documents = documents + ? where number = ?",
                    (more, number),
                )
                rehash_generations(self.connection, "number = ?", (number,))
        self.committed = last_generation(self.connection)

    def drop_open_transaction(self) -> None:
        """Roll back a transaction that an interruption has left open, if there is one."""
        if self.connection.in_transaction:
            self.connection.rollback()

    def texts_to_come(self) -> Ids:
        """Ids of the texts that the next generation has and the last one has not, ascending."""
        if self.committed is None:
            return self.view.texts.ids()
        return changes_since(self.connection, self.committed).added

    @property
    def shown(self) -> View:
        """The generation that readers see; empty before the first commit."""
        return View(self.connection, self.committed.number if self.committed else 0)

    def counts(self) -> Counts:
        """Documents and passages of generation ``number``, before and after its commit."""
        committed = self.committed
        if committed is None:
            return counted(self.view)
        if committed.number == self.number:
            return Counts(committed.documents, committed.passages, committed.repeats)
        return changes_since(self.connection, committed).counts

    def texts_without_vector(self) -> Iterator[tuple[int, str]]:
        """(text id, body) of every text to come without a vector, each once, as it is asked for."""
        return self.view.vectors.texts_without(self.embedder, since=self._first_without_vector)

    def ids_without_vector(self) -> Ids:
        """The ids of the texts to come without a vector, ascending."""
        return self.view.vectors.ids_without(self.embedder, since=self._first_without_vector)

    @property
    def _first_without_vector(self) -> int:
        """The first generation whose documents may have a text without a vector.

        Every text of a committed generation has a vector of its embedder.
        """
        committed = self.committed
        is_whole = committed is not None and committed.embedder.id == self.embedder.id
        return self.number if is_whole else 0

    @property
    def has_changes(self) -> bool:
        """Whether the generation to come differs from the committed one."""
        if self.committed is None or self.committed.embedder.id != self.embedder.id:
            return True
        if (self.committed.corpus, self.committed.chunking) != (self.corpus, self.chunking):
            return True
        return self.documents.have_changes()

    def commit(self, check: CommitCheck | None = None) -> Generation:
        """Make the derived indexes, then publish the generation in one transaction.

        Every text must have its vector. The generation before is kept; older ones are removed.
        ``check`` is called within the transaction with the new generation and with the notes that
        are stored if it is committed. It may raise ``GenerationRefused``: then nothing is
        published, and the rows are those of a stopped run.
        """
        changes = changes_since(self.connection, self.committed) if self.committed else None
        try:
            return self._commit(kept_generations(self.connection), changes, check)
        except GenerationRefused:
            remove_unnamed(self.directory, shown_generations(self.connection))
            raise

    def commit_rebuilt(self, *, reuse: bool = True, check: CommitCheck | None = None) -> Generation:
        """Like ``commit``, without updating the last generation's derived files.

        For use when rows are gone that those files were made from. With ``reuse`` a file of a kept
        generation that has exactly the texts to come is still named again.
        """
        kept = kept_generations(self.connection) if reuse else ()
        return self._commit(kept, None, check)

    def _commit(
        self, kept: Sequence[Generation], changes: Changes | None, check: CommitCheck | None
    ) -> Generation:
        stamps = stamps_of(self.view)
        partial = partial_generation(self.connection)
        before = partial.generation if partial and (kept or self.committed is None) else None
        maker = DerivedMaker(self.directory, self.number, kept, stamps, before, self.published)
        made = maker.make(self.view, self.embedder, changes)
        counts = changes.counts if changes else counted(self.view)
        with transaction(self.connection):
            notes = CommitNotes(self.connection)
            self._insert_generation(made.files, counts)
            drop_partial(self.connection)
            notes.put(LAST_GENERATION, str(self.number))
            notes.put(BASELINE, as_note(measure_baseline(self.view, self.embedder, made.texts)))
            put_stamps(self.directory, notes, stamps, [made.files])
            if made.recall is not None:
                notes.put(RECALL, made.recall.as_note())
            if check is not None:
                check(self._snapshot(), notes)
            self._purge()
        remove_unnamed(self.directory, shown_generations(self.connection))
        generation = last_generation(self.connection)
        assert generation is not None  # its row was inserted above
        self.committed = generation
        remove_private_copies(self.directory)
        return generation

    def _insert_generation(self, files: DerivedFiles, counts: Counts) -> None:
        self.connection.execute(
            "insert into generation values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
            (
                self.number,
                datetime.now(UTC).isoformat(timespec="seconds"),
                self.corpus,
                self.embedder.id,
                self.chunking,
                *astuple(files),
                counts.documents,
                counts.passages,
                json.dumps(list(counts.repeats.items())),
            ),
        )
        rehash_generations(self.connection, "number = ?", (self.number,))

    def _snapshot(self) -> Snapshot:
        """The generation that is about to be committed, as a reader would see it."""
        generation = last_generation(self.connection)
        assert generation is not None  # its row was inserted in this transaction
        corpus = absolute_corpus(generation.corpus, self.directory.path)
        return Snapshot(self.directory, corpus, generation, self.view)

    def _purge(self) -> None:
        """Remove the rows that neither this generation nor the one before it shows."""
        oldest = self.number - 1
        self.connection.execute("delete from generation where number < ?", (oldest,))
        self.documents.drop_ended(oldest)
        self.vectors.drop_put_aside()

    def rebuild_derived(self, *, opens: bool = True) -> list[str]:
        """Rebuild missing or damaged derived indexes of the committed generation.

        Without ``opens`` they are compared with their digests, and not opened. Returns a notice for
        each that was rebuilt. Calls no embedder.
        """
        return self._rebuild([self.committed] if self.committed else [], opens=opens)

    def rebuild_all_derived(self) -> None:
        """Rebuild missing or damaged derived indexes of every kept generation."""
        self._rebuild(kept_generations(self.connection))

    def _rebuild(self, generations: Sequence[Generation], *, opens: bool = True) -> list[str]:
        stamps = stamps_of(self.view)
        notices = [
            notice
            for generation in generations
            for notice in rebuild_damaged(
                self.connection, self.directory, generation, stamps, opens=opens
            )
        ]
        self.committed = last_generation(self.connection)
        if notices:
            checked = {generation.number for generation in generations}
            kept = kept_generations(self.connection)
            files = [one.derived for one in kept if one.number in checked]
            with transaction(self.connection):
                put_stamps(self.directory, CommitNotes(self.connection), stamps, files)
            remove_private_copies(self.directory)
        return notices


@contextmanager
def open_writer(directory: IndexDirectory) -> Iterator[IndexWriter]:
    """Take the lock and open the record; raises ``IndexLocked`` when another process writes."""
    with directory.locked(), open_to_write(directory.record) as connection:
        writer = IndexWriter(connection, directory)
        remove_unnamed(directory, shown_generations(connection))  # left by a stopped run
        History(writer).finish_forgetting()
        try:
            yield writer
        finally:
            writer.vectors.give_up_reserve()

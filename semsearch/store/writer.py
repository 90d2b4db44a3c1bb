"""The one writer of an index: adds the rows of the next generation and commits it."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from semsearch.errors import GenerationRefused, IndexDamaged, IndexMissing
from semsearch.store.derived.file_stamps import STAMPS, Stamps, stamps_of
from semsearch.store.derived.maker import RECALL, DerivedMaker, remove_unnamed, stamps_of_files
from semsearch.store.derived.rebuild import mend, rehash_generations
from semsearch.store.disk.atomic_files import storage_errors
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids
from semsearch.store.notes.clusters import CLUSTERS, UNITS
from semsearch.store.notes.cosine_baseline import BACKGROUND, as_note, measured
from semsearch.store.notes.folder_digest import LISTING
from semsearch.store.notes.note import note
from semsearch.store.notes.tags import TAGS, of_those
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
from semsearch.store.record.schema import (
    LAST_GENERATION,
    NOTE_HASH,
)
from semsearch.store.record.sqlite import Connection, compact, transaction
from semsearch.store.record.vector_rows import VectorRows
from semsearch.store.record.view import View
from semsearch.store.snapshot import Snapshot

_FORGETTING: Final = "forgetting"  # the note of a commit whose old rows and files have still to go


class IndexWriter:
    """Writes generation ``number``; no document or text of it can be seen before ``commit``.

    Each call is one transaction, so that a process killed at any moment has kept every document and
    vector of the calls that returned. Those of vectors, and all that was before them, outlive a
    power cut, too.
    """

    def __init__(self, connection: Connection, directory: IndexDirectory) -> None:
        self._connection = connection
        self._directory = directory
        self.committed = last_generation(connection)
        self.number = self.committed.number + 1 if self.committed else 1
        self.view = View(connection, self.number)
        self.before = View(connection, self.number - 1)  # shows nothing before the first commit
        self.batch_jobs = BatchJobs(connection)
        self.vectors = VectorRows(connection, directory.path)
        self.documents = DocumentRows(connection, self.number, self.vectors)
        self._corpus = b""
        self._chunking = ""

    @property
    def path(self) -> Path:
        """The index."""
        return self._directory.path

    @property
    def embedder(self) -> StoredEmbedder:
        """The epoch that vectors are stored under; there is none before a run has begun."""
        return self.vectors.embedder

    def begin(self, corpus: Path, uri: str, chunking: str, *, fresh: bool) -> None:
        """Say which folder is indexed, what makes the vectors and how documents are cut.

        What an interrupted run of the same folder, cut in the same way, has left is kept. ``fresh``
        puts aside the vectors that exist; an interrupted fresh run goes on with those that it has
        made, whatever runs came between.
        """
        self._corpus = relative_corpus(corpus, self._directory.path)
        self._chunking = chunking
        self.vectors.take_reserve()
        with transaction(self._connection):
            pending = self._connection.execute("select * from pending").fetchone()
            self._put_note(LISTING, None)
            if pending is None or pending[:2] != (self._corpus, chunking):
                self.documents.discard()
            stopped = pending[2] if pending else None
            committed = self.committed.embedder.id if self.committed else None
            self.vectors.choose(uri, fresh, committed, stopped)
            self._connection.execute("delete from pending")
            self._connection.execute(
                "insert into pending values (?, ?, ?)",
                (self._corpus, chunking, self.embedder.id if fresh else stopped),
            )

    def begin_again(self, generation: Generation) -> None:
        """Go on from a generation: its folder, its epoch, its way of cutting.

        What a stopped run has left goes, but for its vectors.
        """
        self._corpus, self._chunking = generation.corpus, generation.chunking
        self.vectors.embedder = generation.embedder
        with transaction(self._connection):
            self._put_note(LISTING, None)
            self.documents.discard()

    def drop_open_transaction(self) -> None:
        """After an interruption, which may have come between two steps of a transaction."""
        if self._connection.in_transaction:
            self._connection.rollback()

    def put_note(self, name: str, value: str | None, *, is_durable: bool = True) -> None:
        """Keep a small fact, in place of what it was; None forgets it.

        One that is not ``is_durable`` may be forgotten by a power cut.
        """
        with transaction(self._connection, is_durable=is_durable):
            self._put_note(name, value)

    def _put_note(self, name: str, value: str | None) -> None:
        self._connection.execute("delete from note where name = ?", (name,))
        if value is not None:
            self._connection.execute("insert into note values (?, ?, x'')", (name, value))
            self._connection.execute(f"update note set hash = {NOTE_HASH} where name = ?", (name,))

    def put_note_at_commit(self, name: str, value: str | None) -> None:
        """The same in the transaction of a ``commit``, for what that calls."""
        self._put_note(name, value)

    def texts_to_come(self) -> Ids:
        """The texts of the generation to come that the last one has not, ascending."""
        if self.committed is None:
            return self.view.text_ids()
        return changes_since(self._connection, self.committed).added

    @property
    def shown(self) -> View:
        """What readers see; as long as there is none, of nothing."""
        return View(self._connection, self.committed.number if self.committed else 0)

    def counts(self) -> Counts:
        """How many documents and passages the generation to come has; after ``commit``, has."""
        committed = self.committed
        if committed is None:
            return counted(self.view)
        if committed.number == self.number:
            return Counts(committed.documents, committed.passages, committed.repeats)
        return changes_since(self._connection, committed).counts

    def texts_without_vector(self) -> list[tuple[int, str]]:
        """(text id, text) of every passage to come that has none, each text once.

        A generation is committed when each has, so that only what came since is looked at.
        """
        committed = self.committed
        is_whole = committed is not None and committed.embedder.id == self.embedder.id
        return self.view.texts_without_vector(self.embedder, since=self.number if is_whole else 0)

    @property
    def has_changes(self) -> bool:
        """True when the generation to come differs from the committed one."""
        if self.committed is None or self.committed.embedder.id != self.embedder.id:
            return True
        if (self.committed.corpus, self.committed.chunking) != (self._corpus, self._chunking):
            return True
        return self.documents.have_changes()

    def commit(self, check: Callable[[Snapshot], None] | None = None) -> Generation:
        """Make the derived indexes, then show the new generation, in one transaction.

        Every text must have its vector. The generation before is kept; older ones go. ``check`` is
        given the new one before anybody else sees it, and may raise ``GenerationRefused``: then
        there is none, and its rows are those of a run that was stopped.
        """
        changes = changes_since(self._connection, self.committed) if self.committed else None
        try:
            return self._commit(kept_generations(self._connection), changes, check=check)
        except GenerationRefused:
            remove_unnamed(self._directory, kept_generations(self._connection))
            raise

    def commit_anew(self) -> Generation:
        """The same, where rows have gone that the last generation's files were made from."""
        return self._commit(kept_generations(self._connection), None)

    def _commit(
        self,
        kept: Sequence[Generation],
        changes: Changes | None,
        *,
        forgets: bool = False,
        check: Callable[[Snapshot], None] | None = None,
    ) -> Generation:
        """Commit, with derived files made from those of the ``kept`` generations and ``changes``.

        One that ``forgets`` notes that what is left of the forgotten has still to go.
        """
        stamps = stamps_of(self.view)
        maker = DerivedMaker(self._directory, self.number, kept, stamps)
        made = maker.make(self.view, self.embedder, changes)
        counts = changes.counts if changes else counted(self.view)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        with transaction(self._connection):
            self._connection.execute(
                "insert into generation values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
                (
                    self.number,
                    created,
                    self._corpus,
                    self.embedder.id,
                    self._chunking,
                    *astuple(made.files),
                    counts.documents,
                    counts.passages,
                    json.dumps(list(counts.repeats.items())),
                ),
            )
            rehash_generations(self._connection, "number = ?", (self.number,))
            self._put_note(LAST_GENERATION, str(self.number))
            background = measured(self.view, self.embedder, made.texts)
            self._put_note(BACKGROUND, as_note(background))
            self._put_stamps(stamps, [made.files])
            if made.recall is not None:
                self._put_note(RECALL, made.recall.as_note())
            if forgets:
                self._put_note(_FORGETTING, "what is left of forgotten documents")
            if check is not None:
                check(self._snapshot())
            self._purge()
        remove_unnamed(self._directory, kept_generations(self._connection))
        generation = last_generation(self._connection)
        assert generation is not None  # it was inserted just now
        self.committed = generation
        return generation

    def _snapshot(self) -> Snapshot:
        """The generation that is about to be committed, as a reader would see it."""
        generation = last_generation(self._connection)
        assert generation is not None  # its row was inserted in this transaction
        corpus = absolute_corpus(generation.corpus, self._directory.path)
        return Snapshot(self._directory, corpus, generation, self.view)

    def _put_stamps(self, old: Stamps, checked: Iterable[DerivedFiles]) -> None:
        """Note the large files that are as they were written; those of ``old`` that are kept."""
        for files in checked:
            old = old.with_those(stamps_of_files(self._directory, files))
        self._put_note(STAMPS, old.of_existing(self._directory.path).as_note())

    def roll_back(self) -> Generation:
        """Make a new generation of what the one before the newest has; returns that one.

        Raises ``IndexMissing`` when there is none, and ``IndexDamaged`` when it is not whole.
        """
        kept = kept_generations(self._connection)
        if len(kept) < 2:
            raise IndexMissing(
                f"the index in {self._directory.path} has no generation before its newest;"
                " nothing was changed"
            )
        old = kept[-2]
        shown = self._view(old)
        if len(shown.documents()) != old.documents or shown.withheld:
            raise IndexDamaged("the generation before the newest is damaged; run: semsearch repair")
        self.begin_again(old)
        self.documents.bring_back(old.number)
        self.commit()
        return old

    def forget(self, paths: Iterable[str]) -> None:
        """Take documents out of every generation, with their words and vectors, for good.

        The newest generation is made without them, and then all before it goes. Vectors of texts
        that no document has any more go, too, whoever had them: they may be of what these once
        were. The index is written anew, so that no file has anything of it.
        """
        assert self.committed is not None  # a document is one of a generation
        self.begin_again(self.committed)
        self._connection.execute("pragma secure_delete = on")
        self.documents.remove(paths)
        self._commit((), None, forgets=True)
        self._remove_what_is_left()

    def finish_forgetting(self) -> None:
        """Go on with a ``forget`` that was stopped between its commit and its end."""
        if self.committed is not None and note(self._connection, _FORGETTING) is not None:
            self._connection.execute("pragma secure_delete = on")
            self._remove_what_is_left()

    def _remove_what_is_left(self) -> None:
        orphan = "not exists (select 1 from passage where passage.text = {})"
        with transaction(self._connection):
            self._drop_history()
            self._connection.execute(f"delete from vector where {orphan.format('vector.text')}")
            self._connection.execute(f"delete from text where {orphan.format('text.id')}")
            for unit in UNITS:
                self._put_note(CLUSTERS.format(unit), None)  # their names are words of documents
            self._put_note(TAGS, self._tags_left())
        remove_unnamed(self._directory, kept_generations(self._connection))
        with storage_errors(self._directory.path):
            for path in self._directory.backups():
                path.unlink(missing_ok=True)
        compact(self._connection)
        self.put_note(_FORGETTING, None)

    def _tags_left(self) -> str | None:
        """The tags of files that are still there; none when they are not what was kept."""
        rows = self._connection.execute("select digest from document where digest is not null")
        try:
            return of_those(note(self._connection, TAGS), {digest for (digest,) in rows})
        except IndexDamaged:
            return None

    def take_over(self, corpus: Path) -> Generation:
        """Make an index that was made elsewhere one of ``corpus``, its derived files made anew."""
        relative = relative_corpus(corpus, self._directory.path)
        with transaction(self._connection):
            self._connection.execute("update pending set corpus = ?", (relative,))
            self._connection.execute("update generation set corpus = ?", (relative,))
            rehash_generations(self._connection, "true", ())
        self.mend_all()
        assert self.committed is not None  # it was made elsewhere
        return self.committed

    def forget_history(self) -> None:
        """Keep the newest generation only."""
        with transaction(self._connection):
            self._drop_history()
        remove_unnamed(self._directory, kept_generations(self._connection))

    def _drop_history(self) -> None:
        assert self.committed is not None  # the caller has committed
        newest = self.committed.number
        self._connection.execute("delete from generation where number < ?", (newest,))
        self.documents.drop_ended(newest)

    def mend(self) -> list[str]:
        """Make anew what is missing or damaged of the committed generation's derived indexes.

        Returns what was made, in words; no embedder is called.
        """
        return self._mend([self.committed] if self.committed else [])

    def mend_all(self) -> None:
        """The same for every generation that is kept."""
        self._mend(kept_generations(self._connection))

    def _mend(self, generations: Sequence[Generation]) -> list[str]:
        stamps = stamps_of(self.view)
        mended = [
            what
            for generation in generations
            for what in mend(self._connection, self._directory, generation, stamps)
        ]
        self.committed = last_generation(self._connection)
        if mended:
            made = [old.derived for old in kept_generations(self._connection)]
            with transaction(self._connection):
                self._put_stamps(stamps, made)
        return mended

    def _view(self, generation: Generation) -> View:
        return View(self._connection, generation.number)

    def _purge(self) -> None:
        """Drop the rows that neither this generation nor the one before can show."""
        oldest = self.number - 1
        self._connection.execute("delete from generation where number < ?", (oldest,))
        self.documents.drop_ended(oldest)
        self.vectors.drop_put_aside()


@contextmanager
def open_writer(directory: IndexDirectory) -> Iterator[IndexWriter]:
    """Take the lock and open the record; raises ``IndexLocked`` when another process writes."""
    with directory.locked(), open_to_write(directory.record) as connection:
        writer = IndexWriter(connection, directory)
        remove_unnamed(directory, kept_generations(connection))  # what a stopped run has left
        writer.finish_forgetting()
        try:
            yield writer
        finally:
            writer.vectors.give_up_reserve()

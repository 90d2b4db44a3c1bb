"""The one writer of an index: adds the rows of the next generation and commits it."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Literal

from semsearch.coverage import Coverage
from semsearch.documents.walk import FileStat
from semsearch.embedders.embedder import Vectors
from semsearch.errors import DiskFull, EmbedderMismatch, IndexDamaged, IndexMissing
from semsearch.passages import Passage, text_digest
from semsearch.store.background import BACKGROUND, as_note, measured
from semsearch.store.batches import BatchJobs
from semsearch.store.database import Connection, compact, transaction
from semsearch.store.derived import DerivedMaker, load_ann, load_keywords, remove_unnamed
from semsearch.store.directory import IndexDirectory
from semsearch.store.formats import (
    DOCUMENT_HASH,
    GENERATION_HASH,
    HASH_OF_PASSAGE,
    LAST_GENERATION,
    NOTE_HASH,
)
from semsearch.store.record import open_to_write
from semsearch.store.space import Reserve
from semsearch.store.view import (
    CANARY_DTYPE,
    STORED_DTYPE,
    Generation,
    StoredDocument,
    StoredEmbedder,
    View,
    embedder_row,
    kept_generations,
    last_generation,
    relative_corpus,
)


class IndexWriter:
    """Writes generation ``number``; no document or text of it can be seen before ``commit``.

    Each call is one durable transaction, so that a process killed at any moment has kept every
    document and vector of the calls that returned.
    """

    def __init__(self, connection: Connection, directory: IndexDirectory) -> None:
        self._connection = connection
        self._directory = directory
        self.committed = last_generation(connection)
        self.number = self.committed.number + 1 if self.committed else 1
        self.view = View(connection, self.number)
        self.before = View(connection, self.number - 1)  # shows nothing before the first commit
        self.batch_jobs = BatchJobs(connection)
        self.embedder: StoredEmbedder
        self._corpus = b""
        self._chunking = ""
        self._reserve: Reserve | None = None

    @property
    def path(self) -> Path:
        """The index."""
        return self._directory.path

    def begin(self, corpus: Path, uri: str, chunking: str, *, fresh: bool) -> None:
        """Say which folder is indexed, what makes the vectors and how documents are cut.

        What an interrupted run of the same folder, cut in the same way, has left is kept. ``fresh``
        puts aside the vectors that exist; an interrupted fresh run goes on with those that it has
        made, whatever runs came between.
        """
        self._corpus = relative_corpus(corpus, self._directory.path)
        self._chunking = chunking
        self._reserve = Reserve(self._directory.path)
        with transaction(self._connection):
            pending = self._connection.execute("select * from pending").fetchone()
            if pending is None or pending[:2] != (self._corpus, chunking):
                self._discard_pending()
            stopped = pending[2] if pending else None
            self.embedder = self._choose_embedder(uri, fresh, stopped)
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
        self.embedder = generation.embedder
        with transaction(self._connection):
            self._discard_pending()

    def put_document(
        self,
        path: str,
        stat: FileStat,
        coverage: Coverage,
        *,
        reason: str | None = None,
        digest: bytes | None = None,
        pages: int | None = None,
        blank_pages: Sequence[int] = (),
        encoding: str | None = None,
        passages: Iterable[Passage] = (),
    ) -> list[tuple[int, str]]:
        """Write what became of one file, in place of what the record had under its path.

        Returns (text id, text) of the passages that have no vector yet.
        """
        encoded = os.fsencode(path)
        with transaction(self._connection):
            self._end_rows(encoded)
            cut = list(passages)
            document = self._connection.execute(
                "insert into document (path, size, mtime_ns, ctime_ns, inode, digest, coverage,"
                " reason, pages, blank_pages, born, passages, encoding, since)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    encoded,
                    *_stat_values(stat),
                    digest,
                    coverage.value,
                    reason,
                    pages,
                    json.dumps(list(blank_pages)),
                    self.number,
                    len(cut),
                    encoding,
                    _now(),
                ),
            ).lastrowid
            missing: dict[int, str] = {}
            text_sum = 0
            for ordinal, passage in enumerate(cut):
                text = self._text_id(passage.embedded)
                text_sum += text
                self._connection.execute(
                    "insert into passage (document, text, ordinal, first_line, last_line,"
                    " first_page, last_page, headings, place, context)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        document,
                        text,
                        ordinal,
                        *(passage.lines or (None, None)),
                        *(passage.pages or (None, None)),
                        json.dumps(passage.headings),
                        passage.place,
                        len(passage.embedded) - len(passage.text),
                    ),
                )
                if not self._has_vector(text):
                    missing[text] = passage.embedded
            self._connection.execute(
                "update document set text_sum = ? where id = ?", (text_sum, document)
            )
            self._connection.execute(
                f"update document set hash = {DOCUMENT_HASH} where id = ?", (document,)
            )
            self._connection.execute(
                f"update passage set hash = {HASH_OF_PASSAGE} where document = ?", (document,)
            )
        return list(missing.items())

    def put_stale(
        self, document: StoredDocument, stat: FileStat, reason: str, digest: bytes | None
    ) -> None:
        """Note that a file cannot be read any more; what was indexed of it before stays."""
        with transaction(self._connection):
            row = document.id
            if document.born != self.number:
                self._end_rows(os.fsencode(document.path))
                row = self._copy_document(document.id)
            self._connection.execute(
                "update document set size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, digest = ?,"
                " coverage = ?, reason = ?, since = ? where id = ?",
                (*_stat_values(stat), digest, Coverage.STALE.value, reason, _now(), row),
            )
            self._connection.execute(
                f"update document set hash = {DOCUMENT_HASH} where id = ?", (row,)
            )

    def leave_out(self, document: StoredDocument, text: int, reason: str) -> None:
        """Take the passages of a text out of a document and say why; its other passages stay."""
        with transaction(self._connection):
            row = document.id
            if document.born != self.number:
                self._end_rows(os.fsencode(document.path))
                row = self._copy_document(document.id)
            self._connection.execute(
                "delete from passage where document = ? and text = ?", (row, text)
            )
            self._forget_bodies([text])
            left = self._connection.execute(
                "select count(*) from passage where document = ?", (row,)
            ).fetchone()[0]
            self._connection.execute(
                "update document set coverage = ?, reason = ?, since = ? where id = ?",
                ((document.coverage if left else Coverage.FAILED).value, reason, _now(), row),
            )
            self._connection.execute(
                f"update document set hash = {DOCUMENT_HASH} where id = ?", (row,)
            )

    def put_stat(self, document: StoredDocument, stat: FileStat) -> None:
        """Note that a file has another stat and nothing else that is new."""
        if document.stat == stat:
            return
        with transaction(self._connection):
            self._connection.execute(
                "update document set size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? where id = ?",
                (*_stat_values(stat), document.id),
            )

    def remove_documents(self, paths: Iterable[str]) -> None:
        """Note that files are gone."""
        with transaction(self._connection):
            for path in paths:
                self._end_rows(os.fsencode(path))

    def drop_open_transaction(self) -> None:
        """After an interruption, which may have come between two steps of a transaction."""
        if self._connection.in_transaction:
            self._connection.rollback()

    def put_vectors(
        self, texts: Sequence[int], vectors: Vectors, parts: Sequence[int] | None = None
    ) -> None:
        """Store one unit row for each text id.

        ``parts`` is what each text was split into to embed it; without it all went whole. Raises
        ``EmbedderMismatch`` when the rows are longer or shorter than the index's, and ``DiskFull``
        when these, which are kept if there is any way, leave no room for more.
        """
        dimension = int(vectors.shape[1])
        if self.embedder.dimension not in (None, dimension):
            raise EmbedderMismatch(
                f"{self.embedder.uri} now gives vectors of {dimension} numbers, the index has"
                f" {self.embedder.dimension}; run: semsearch rebuild --fresh"
                f" --index {quote(str(self._directory.path))}"
            )
        try:
            self._put_vectors(texts, vectors, parts or _whole(texts))
        except DiskFull:
            if self._reserve is None or not self._reserve.give_up():
                raise
            self._put_vectors(texts, vectors, parts or _whole(texts))
            raise  # they are kept, and there is no room for more

    def _put_vectors(self, texts: Sequence[int], vectors: Vectors, parts: Sequence[int]) -> None:
        dimension = int(vectors.shape[1])
        stored = vectors.astype(STORED_DTYPE)
        with transaction(self._connection):
            if self.embedder.dimension is None:
                self._connection.execute(
                    "update embedder set dimension = ? where id = ?", (dimension, self.embedder.id)
                )
            self._connection.executemany(
                "insert or ignore into vector (embedder, text, parts, vector, hash)"
                " select ?1, ?2, ?3, ?4, row_hash(?1, ?2, ?3, ?4)"
                " where exists (select 1 from text where id = ?2)",  # it may be forgotten by now
                (
                    (self.embedder.id, text, count, row.tobytes())
                    for text, row, count in zip(texts, stored, parts, strict=True)
                ),
            )
        self.embedder = replace(self.embedder, dimension=dimension)

    def put_canaries(self, vectors: Vectors) -> None:
        """Keep the vectors (n, dimension) of the embedder's canaries, in place of those it had."""
        with transaction(self._connection):
            self._connection.execute("delete from canary where embedder = ?", (self.embedder.id,))
            self._connection.executemany(
                "insert into canary values (?1, ?2, ?3, row_hash(?1, ?2, ?3))",
                (
                    (self.embedder.id, ordinal, row.astype(CANARY_DTYPE).tobytes())
                    for ordinal, row in enumerate(vectors)
                ),
            )

    def put_note(self, name: str, value: str | None) -> None:
        """Keep a small fact, in place of what it was; None forgets it."""
        with transaction(self._connection):
            self._put_note(name, value)

    def _put_note(self, name: str, value: str | None) -> None:
        self._connection.execute("delete from note where name = ?", (name,))
        if value is not None:
            self._connection.execute("insert into note values (?, ?, x'')", (name, value))
            self._connection.execute(f"update note set hash = {NOTE_HASH} where name = ?", (name,))

    @property
    def has_changes(self) -> bool:
        """True when the generation to come differs from the committed one."""
        if self.committed is None or self.committed.embedder.id != self.embedder.id:
            return True
        if (self.committed.corpus, self.committed.chunking) != (self._corpus, self._chunking):
            return True
        found = self._connection.execute(
            "select 1 from document where (born = :number or died = :number)"
            " and coverage != :skipped limit 1",
            {"number": self.number, "skipped": Coverage.SKIPPED.value},
        )
        return found.fetchone() is not None

    def settle(self) -> None:
        """Note the files of types that are not read, in a run that changes nothing else."""
        with transaction(self._connection):
            number, skipped = self.number, Coverage.SKIPPED.value
            self._delete_documents("died = ? and coverage = ?", (number, skipped))
            self._set("born", number - 1, "born = ? and coverage = ?", (number, skipped))

    def commit(self) -> Generation:
        """Make the derived indexes, then show the new generation, in one transaction.

        Every text must have its vector. The generation before is kept; older ones go.
        """
        kept = [(old, self._view(old)) for old in kept_generations(self._connection)]
        return self._commit(kept)

    def _commit(self, kept: Sequence[tuple[Generation, View]]) -> Generation:
        """Commit, with derived files made from those of the ``kept`` generations."""
        derived = DerivedMaker(self._directory, self.number, kept).make(self.view, self.embedder)
        created = _now()
        with transaction(self._connection):
            self._connection.execute(
                "insert into generation values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
                (
                    self.number,
                    created,
                    self._corpus,
                    self.embedder.id,
                    self._chunking,
                    *astuple(derived),
                    self.view.document_count(),
                    self.view.passage_count(),
                    json.dumps(list(self.view.repeats().items())),
                ),
            )
            self._rehash_generations("number = ?", (self.number,))
            self._put_note(LAST_GENERATION, str(self.number))
            self._put_note(BACKGROUND, as_note(measured(self.view, self.embedder)))
            self._purge()
        remove_unnamed(self._directory, kept_generations(self._connection))
        generation = last_generation(self._connection)
        assert generation is not None  # it was inserted just now
        self.committed = generation
        return generation

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
        with transaction(self._connection):
            self._set("died", self.number, "born > ? and died is null", (old.number,))
            for (document,) in self._connection.execute(
                "select id from document where born <= ? and died > ?", (old.number, old.number)
            ).fetchall():
                self._copy_document(document)
        self.commit()
        return old

    def _copy_document(self, document: int) -> int:
        """Add a row to the generation to come that is as an older one; returns its id."""
        columns = (
            "path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages, blank_pages,"
            " passages, text_sum, encoding, since"
        )
        copy = self._connection.execute(
            f"insert into document ({columns}, born) select {columns}, ? from document"
            " where id = ?",
            (self.number, document),
        ).lastrowid
        columns = (
            "text, ordinal, first_line, last_line, first_page, last_page, headings, place, context,"
            " hash"
        )
        self._connection.execute(
            f"insert into passage (document, {columns}) select ?, {columns} from passage"
            " where document = ? order by ordinal",
            (copy, document),
        )
        self._connection.execute(
            f"update document set hash = {DOCUMENT_HASH} where id = ?", (copy,)
        )
        return int(copy or 0)

    def paths(self) -> set[str]:
        """Those of all documents that any generation has, and of a run that was stopped."""
        rows = self._connection.execute("select distinct path from document")
        return {os.fsdecode(path) for (path,) in rows}

    def forget(self, paths: Iterable[str]) -> None:
        """Take documents out of every generation, with their words and vectors, for good.

        The newest generation is made without them, and then all before it goes. Vectors of texts
        that no document has any more go, too, whoever had them: they may be of what these once
        were. The index is written anew, so that no file has anything of it.
        """
        assert self.committed is not None  # a document is one of a generation
        self.begin_again(self.committed)
        self._connection.execute("pragma secure_delete = on")
        self.remove_documents(paths)
        self._commit(kept=())
        orphan = "not exists (select 1 from passage where passage.text = {})"
        with transaction(self._connection):
            self._drop_history()
            self._connection.execute(f"delete from vector where {orphan.format('vector.text')}")
            self._connection.execute(f"delete from text where {orphan.format('text.id')}")
        remove_unnamed(self._directory, kept_generations(self._connection))
        for path in self._directory.backups():
            path.unlink(missing_ok=True)
        compact(self._connection)

    def take_over(self, corpus: Path) -> Generation:
        """Make an index that was made elsewhere one of ``corpus``, its derived files made anew."""
        relative = relative_corpus(corpus, self._directory.path)
        with transaction(self._connection):
            self._connection.execute("update pending set corpus = ?", (relative,))
            self._connection.execute("update generation set corpus = ?", (relative,))
            self._rehash_generations("true", ())
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
        self._delete_documents("died <= ?", (newest,))

    def mend(self) -> list[str]:
        """Make anew what is missing or damaged of the committed generation's derived indexes.

        Returns what was made, in words; no embedder is called.
        """
        mended = self._mend(self.committed) if self.committed else []
        self.committed = last_generation(self._connection)
        return mended

    def mend_all(self) -> None:
        """The same for every generation that is kept."""
        for generation in kept_generations(self._connection):
            self._mend(generation)
        self.committed = last_generation(self._connection)

    def _mend(self, generation: Generation) -> list[str]:
        files = generation.derived
        if files.ann_file is None:
            return []
        mended = []
        view = self._view(generation)
        maker = DerivedMaker(self._directory, generation.number, ())
        try:
            load_ann(self._directory, generation)
        except IndexDamaged as error:
            made = maker.make_ann(view, generation.embedder)
            self._rename_derived("ann_file", files.ann_file, made)
            mended.append(f"{error}; made anew from the stored vectors")
        try:
            load_keywords(self._directory, generation)
        except IndexDamaged as error:
            made = maker.make_keywords(view, view.text_ids())
            self._rename_derived("keywords", files.keywords, made)
            mended.append(f"{error}; made anew")
        return mended

    def _view(self, generation: Generation) -> View:
        return View(self._connection, generation.number)

    def _rename_derived(
        self, kind: Literal["ann_file", "keywords"], old: str | None, new: tuple[str, bytes]
    ) -> None:
        """Name what was made in place of ``old``, in every generation that names that."""
        digest = {"ann_file": "ann_digest", "keywords": "keywords_digest"}[kind]
        with transaction(self._connection):
            self._connection.execute(
                f"update generation set {kind} = ?, {digest} = ? where {kind} is ?", (*new, old)
            )
            self._rehash_generations(f"{kind} = ?", (new[0],))

    def _rehash_generations(self, condition: str, values: Sequence[int | str]) -> None:
        self._connection.execute(
            f"update generation set hash = {GENERATION_HASH} from embedder"
            f" where embedder.id = embedder and {condition}",
            values,
        )

    def close(self) -> None:
        """Give back the space that was taken for what is paid for."""
        if self._reserve is not None:
            self._reserve.give_up()

    def _discard_pending(self) -> None:
        self._delete_documents("born = ?", (self.number,))
        self._set("died", None, "died = ?", (self.number,))

    def _choose_embedder(self, uri: str, fresh: bool, pending: int | None) -> StoredEmbedder:
        """The row to make vectors for; ``pending`` is that of a fresh run which was stopped.

        Else it is the committed generation's, else the latest: an embedder that was left and is
        taken again has its vectors still.
        """
        committed = self.committed.embedder.id if self.committed else None
        first, last = (pending, committed) if fresh else (committed, pending)
        row = embedder_row(self._connection, uri, first, last)
        if row is not None and (not fresh or row.id == pending):
            return row
        new = self._connection.execute("insert into embedder (uri) values (?)", (uri,)).lastrowid
        return StoredEmbedder(int(new or 0), uri, None)

    def _end_rows(self, path: bytes) -> None:
        """Take a path out of the generation to come, and drop a row that was only in that."""
        self._delete_documents("path = ? and born = ?", (path, self.number))
        self._set("died", self.number, "path = ? and died is null", (path,))

    def _set(
        self,
        column: Literal["born", "died"],
        generation: int | None,
        condition: str,
        values: Sequence[bytes | int | str],
    ) -> None:
        """Change when rows belong to the index; one that is damaged must not come to look whole."""
        changed = DOCUMENT_HASH.replace(f" {column}", " ?1")
        assert changed != DOCUMENT_HASH  # it has the column
        numbered = condition.replace("?", "?{}").format(*range(2, 2 + len(values)))
        self._connection.execute(
            f"update document set {column} = ?1,"
            f" hash = case when hash = {DOCUMENT_HASH} then {changed} else hash end"
            f" where {numbered}",
            (generation, *values),
        )

    def _text_id(self, text: str) -> int:
        row = self._connection.execute(
            "insert into text (digest, body) values (?, ?)"
            " on conflict (digest) do update set body = excluded.body returning id",
            (text_digest(text), text),
        ).fetchone()
        return int(row[0])

    def _has_vector(self, text: int) -> bool:
        found = self._connection.execute(
            "select 1 from vector where embedder = ? and text = ?", (self.embedder.id, text)
        )
        return found.fetchone() is not None

    def _purge(self) -> None:
        """Drop the rows that neither this generation nor the one before can show."""
        oldest = self.number - 1
        self._connection.execute("delete from generation where number < ?", (oldest,))
        self._delete_documents("died <= ?", (oldest,))
        self._connection.execute(
            "update pending set fresh = null where fresh = ?", (self.embedder.id,)
        )
        # What a fresh run has put aside; but not what a stopped one has made, which is paid for.
        self._connection.execute(
            "delete from vector where embedder in (select id from embedder where uri = ?"
            " and id != ? and id not in (select embedder from generation)"
            " and id not in (select fresh from pending where fresh is not null))",
            (self.embedder.uri, self.embedder.id),
        )

    def _delete_documents(self, condition: str, values: Sequence[bytes | int | str]) -> None:
        """Delete rows with their passages, and the words of texts that no passage has any more."""
        gone = f"select id from document where {condition}"
        texts = self._connection.execute(
            f"select distinct text from passage where document in ({gone})", values
        ).fetchall()
        self._connection.execute(f"delete from document where {condition}", values)
        self._forget_bodies(text for (text,) in texts)

    def _forget_bodies(self, texts: Iterable[int]) -> None:
        """Drop the words of those texts that no passage has any more."""
        self._connection.executemany(
            "update text set body = null"
            " where id = :text and not exists (select 1 from passage where text = :text)",
            ({"text": text} for text in texts),
        )


@contextmanager
def open_writer(directory: IndexDirectory) -> Iterator[IndexWriter]:
    """Take the lock and open the record; raises ``IndexLocked`` when another process writes."""
    with directory.locked(), open_to_write(directory.record) as connection:
        writer = IndexWriter(connection, directory)
        remove_unnamed(directory, kept_generations(connection))  # what a stopped run has left
        try:
            yield writer
        finally:
            writer.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _whole(texts: Sequence[int]) -> Sequence[int]:
    return [1] * len(texts)


def _stat_values(stat: FileStat) -> tuple[int, int, int, int]:
    return stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode

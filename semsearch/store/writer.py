"""The one writer of an index: adds the rows of the next generation and commits it."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Final

import numpy as np

from semsearch.coverage import Coverage
from semsearch.documents.walk import FileStat
from semsearch.embedders.embedder import Vectors
from semsearch.errors import EmbedderMismatch, IndexDamaged
from semsearch.passages import Passage, text_digest
from semsearch.store.ann import AnnIndex, Ids
from semsearch.store.batches import BatchJobs
from semsearch.store.database import Connection, transaction
from semsearch.store.directory import IndexDirectory
from semsearch.store.files import put_file
from semsearch.store.keywords import KeywordIndex, make_keywords
from semsearch.store.record import open_to_write
from semsearch.store.snapshot import load_ann
from semsearch.store.view import (
    CANARY_DTYPE,
    STORED_DTYPE,
    Generation,
    StoredDocument,
    StoredEmbedder,
    View,
    last_generation,
    relative_corpus,
)

# A keyword index counts what is deleted in the frequencies of words. A small one is made anew
# whenever something is deleted (10,000 texts take 0.3 s), a larger one when a tenth of it is.
_FEW_TEXTS: Final = 10_000
_DELETED_SHARE: Final = 0.1


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

    def begin(self, corpus: Path, uri: str, chunking: str, *, fresh: bool) -> None:
        """Say which folder is indexed, what makes the vectors and how documents are cut.

        What an interrupted run of the same folder, cut in the same way, has left is kept. ``fresh``
        puts aside the vectors that exist; an interrupted fresh run goes on with those that it has
        made, whatever runs came between.
        """
        self._corpus = relative_corpus(corpus, self._directory.path)
        self._chunking = chunking
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
        passages: Iterable[Passage] = (),
    ) -> list[tuple[int, str]]:
        """Write what became of one file, in place of what the record had under its path.

        Returns (text id, text) of the passages that have no vector yet.
        """
        encoded = os.fsencode(path)
        with transaction(self._connection):
            self._end_rows(encoded)
            document = self._connection.execute(
                "insert into document (path, size, mtime_ns, ctime_ns, inode, digest, coverage,"
                " reason, pages, blank_pages, born) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    encoded,
                    *_stat_values(stat),
                    digest,
                    coverage.value,
                    reason,
                    pages,
                    json.dumps(list(blank_pages)),
                    self.number,
                ),
            ).lastrowid
            missing: dict[int, str] = {}
            for ordinal, passage in enumerate(passages):
                text = self._text_id(passage.text)
                self._connection.execute(
                    "insert into passage (document, text, ordinal, first_line, last_line,"
                    " first_page, last_page, headings) values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        document,
                        text,
                        ordinal,
                        *(passage.lines or (None, None)),
                        *(passage.pages or (None, None)),
                        json.dumps(passage.headings),
                    ),
                )
                if not self._has_vector(text):
                    missing[text] = passage.text
        return list(missing.items())

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

    def put_vectors(
        self, texts: Sequence[int], vectors: Vectors, parts: Sequence[int] | None = None
    ) -> None:
        """Store one unit row for each text id.

        ``parts`` is what each text was split into to embed it; without it all went whole. Raises
        ``EmbedderMismatch`` when the rows are longer or shorter than the index's.
        """
        dimension = int(vectors.shape[1])
        if self.embedder.dimension not in (None, dimension):
            raise EmbedderMismatch(
                f"{self.embedder.uri} now gives vectors of {dimension} numbers, the index has"
                f" {self.embedder.dimension}; run: semsearch rebuild --fresh"
                f" --index {quote(str(self._directory.path))}"
            )
        stored = vectors.astype(STORED_DTYPE)
        with transaction(self._connection):
            if self.embedder.dimension is None:
                self._connection.execute(
                    "update embedder set dimension = ? where id = ?", (dimension, self.embedder.id)
                )
            self._connection.executemany(
                "insert or ignore into vector (embedder, text, vector, parts) values (?, ?, ?, ?)",
                (
                    (self.embedder.id, text, row.tobytes(), count)
                    for text, row, count in zip(texts, stored, parts or _whole(texts), strict=True)
                ),
            )
        self.embedder = replace(self.embedder, dimension=dimension)

    def put_canaries(self, vectors: Vectors) -> None:
        """Keep the vectors (n, dimension) of the embedder's canaries, in place of those it had."""
        with transaction(self._connection):
            self._connection.execute("delete from canary where embedder = ?", (self.embedder.id,))
            self._connection.executemany(
                "insert into canary values (?, ?, ?)",
                (
                    (self.embedder.id, ordinal, row.astype(CANARY_DTYPE).tobytes())
                    for ordinal, row in enumerate(vectors)
                ),
            )

    def put_note(self, name: str, value: str | None) -> None:
        """Keep a small fact, in place of what it was; None forgets it."""
        with transaction(self._connection):
            self._connection.execute("delete from note where name = ?", (name,))
            if value is not None:
                self._connection.execute("insert into note values (?, ?)", (name, value))

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
            self._connection.execute(
                "update document set born = ? where born = ? and coverage = ?",
                (number - 1, number, skipped),
            )

    def commit(self) -> Generation:
        """Make the derived indexes, then show the new generation, in one transaction.

        Every text must have its vector. The generation before is kept; older ones go.
        """
        texts = self.view.text_ids()
        ann_texts = hashlib.sha256(texts.tobytes()).digest()
        ann_file, ann_digest = self._put_ann(texts, ann_texts)
        self._bring_keywords(texts)
        created = datetime.now(UTC)
        with transaction(self._connection):
            self._connection.execute(
                "insert into generation values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.number,
                    created.isoformat(timespec="seconds"),
                    self._corpus,
                    self.embedder.id,
                    self._chunking,
                    ann_file,
                    ann_digest,
                    ann_texts,
                ),
            )
            self._purge()
        self._remove_old_ann_files()
        generation = last_generation(self._connection)
        assert generation is not None  # it was inserted just now
        self.committed = generation
        return generation

    def mend(self) -> list[str]:
        """Make anew what is missing or damaged of the committed generation's derived indexes.

        Returns what was made, in words; no embedder is called.
        """
        if self.committed is None:
            return []
        mended = []
        view = View(self._connection, self.committed.number)
        if self.committed.ann_file is not None:
            try:
                load_ann(self._directory, self.committed)
            except IndexDamaged as error:
                content = AnnIndex.build(*view.vectors(self.committed.embedder, view.text_ids()))
                path = self._directory.path / self.committed.ann_file
                with transaction(self._connection):
                    self._connection.execute(
                        "update generation set ann_digest = ? where number = ?",
                        (put_file(path, content.dump()), self.committed.number),
                    )
                mended.append(f"{error}; made anew from the stored vectors")
        if self._keywords_at(self.committed.number) is None:
            bodies = view.bodies(view.text_ids())
            make_keywords(self._directory.keywords, self.committed.number, bodies)
            mended.append("the keyword index was missing, damaged or behind; made anew")
        self.committed = last_generation(self._connection)
        return mended

    def _discard_pending(self) -> None:
        self._delete_documents("born = ?", (self.number,))
        self._connection.execute("update document set died = null where died = ?", (self.number,))

    def _choose_embedder(self, uri: str, fresh: bool, pending: int | None) -> StoredEmbedder:
        """The row to make vectors for; ``pending`` is that of a fresh run which was stopped.

        Else it is the committed generation's, else the latest: an embedder that was left and is
        taken again has its vectors still.
        """
        committed = self.committed.embedder.id if self.committed else None
        first, last = (pending, committed) if fresh else (committed, pending)
        row = self._connection.execute(
            "select id, uri, dimension from embedder where uri = ?"
            " order by id is ? desc, id is ?, id desc limit 1",
            (uri, first, last),
        ).fetchone()
        if row is not None and (not fresh or row[0] == pending):
            return StoredEmbedder(*row)
        new = self._connection.execute("insert into embedder (uri) values (?)", (uri,)).lastrowid
        return StoredEmbedder(int(new or 0), uri, None)

    def _end_rows(self, path: bytes) -> None:
        """Take a path out of the generation to come, and drop a row that was only in that."""
        self._delete_documents("path = ? and born = ?", (path, self.number))
        self._connection.execute(
            "update document set died = ? where path = ? and died is null", (self.number, path)
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

    def _put_ann(self, texts: Ids, ann_texts: bytes) -> tuple[str | None, bytes | None]:
        """Write the generation's FAISS file, or name the last one again when it holds the same."""
        if not len(texts):
            return None, None
        last = self.committed
        if last and last.ann_texts == ann_texts and last.embedder.id == self.embedder.id:
            return last.ann_file, last.ann_digest
        ids, vectors = self.view.vectors(self.embedder, texts)
        if len(ids) != len(texts):
            raise IndexDamaged(
                f"{len(texts) - len(ids)} passages have no vector; run: semsearch index"
            )
        path = self._directory.ann_file(self.number)
        return path.name, put_file(path, AnnIndex.build(ids, vectors).dump())

    def _bring_keywords(self, texts: Ids) -> None:
        keywords = self._keywords_at(self.committed.number) if self.committed else None
        before = self.before.text_ids()
        removed, added = np.setdiff1d(before, texts), np.setdiff1d(texts, before)
        if keywords is not None:
            deleted = keywords.entries + len(added) - len(texts)
            if deleted > _DELETED_SHARE * max(0, len(texts) - _FEW_TEXTS):
                keywords = None  # what is deleted would skew the ranking
        if keywords is not None:
            keywords.update(self.number, self.view.bodies(added), removed.tolist())
        else:
            make_keywords(self._directory.keywords, self.number, self.view.bodies(texts))

    def _keywords_at(self, generation: int) -> KeywordIndex | None:
        try:
            keywords = KeywordIndex.open(self._directory.keywords)
            return keywords if keywords.generation == generation and keywords.is_intact else None
        except IndexDamaged:
            return None  # the caller makes it anew

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
        self._connection.executemany(
            "update text set body = null"
            " where id = :text and not exists (select 1 from passage where text = :text)",
            ({"text": text} for (text,) in texts),
        )

    def _remove_old_ann_files(self) -> None:
        kept = {name for (name,) in self._connection.execute("select ann_file from generation")}
        for path in self._directory.ann_files():
            if path.name not in kept:
                path.unlink(missing_ok=True)


@contextmanager
def open_writer(directory: IndexDirectory) -> Iterator[IndexWriter]:
    """Take the lock and open the record; raises ``IndexLocked`` when another process writes."""
    with directory.locked(), open_to_write(directory.record) as connection:
        yield IndexWriter(connection, directory)


def _whole(texts: Sequence[int]) -> Sequence[int]:
    return [1] * len(texts)


def _stat_values(stat: FileStat) -> tuple[int, int, int, int]:
    return stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode

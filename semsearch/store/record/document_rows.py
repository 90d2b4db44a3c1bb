"""Write the documents of the generation to come, with their passages and texts."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Literal

from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Passage, text_digest
from semsearch.documents.reason import Reason
from semsearch.documents.walk.walker import FileStat
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.inserted_hashes import document_hash, passage_hash
from semsearch.store.record.reason_text import text_of_reason
from semsearch.store.record.schema import DOCUMENT_HASH
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.vector_rows import VectorRows


class DocumentRows:
    """Adds and ends rows in generation ``number``.

    Each call is one transaction, but for the calls within ``one_transaction``.
    """

    def __init__(self, connection: Connection, number: int, vectors: VectorRows) -> None:
        self._connection = connection
        self._number = number
        self._vectors = vectors
        self._is_open = False  # within ``one_transaction``

    @contextmanager
    def one_transaction(self, *, is_durable: bool) -> Iterator[None]:
        """Make one transaction of the calls within the context: all of them, or none.

        Without ``is_durable`` it is synced to the disk with the next vectors, whatever it holds.
        """
        with transaction(self._connection, is_durable=is_durable):
            self._is_open = True
            try:
                yield
            finally:
                self._is_open = False

    def _transaction(self, *, is_durable: bool = True) -> AbstractContextManager[None]:
        if self._is_open:
            return nullcontext()
        return transaction(self._connection, is_durable=is_durable)

    def put(
        self,
        path: str,
        stat: FileStat,
        coverage: Coverage,
        *,
        reason: Reason | None = None,
        digest: bytes | None = None,
        pages: int | None = None,
        blank_pages: Sequence[int] = (),
        encoding: str | None = None,
        title: str | None = None,
        passages: Iterable[Passage] = (),
    ) -> list[tuple[int, str]]:
        """Store a file's document and passages, replacing the document at its path.

        Not synced to the disk, as nothing of it is paid for. Returns (text id, text) of the
        passages that have no vector yet.
        """
        encoded = os.fsencode(path)
        with self._transaction(is_durable=False):
            self._end_rows(encoded)
            cut = list(passages)
            digests = [text_digest(passage.embedded) for passage in cut]
            texts = [
                self._text_id(text, passage.embedded)
                for text, passage in zip(digests, cut, strict=True)
            ]
            shown = json.dumps(list(blank_pages))
            told, since, count, total = text_of_reason(reason), _now(), len(cut), sum(texts)
            document = self._connection.execute(
                "insert into document (path, size, mtime_ns, ctime_ns, inode, digest, coverage,"
                " reason, pages, blank_pages, born, passages, text_sum, encoding, since, title,"
                " hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    encoded, *_stat_values(stat), digest, coverage.value, told, pages, shown,
                    self._number, count, total, encoding, since, title,
                    document_hash(
                        encoded, digest, coverage.value, told, pages, shown, count, total,
                        self._number, encoding, since, title,
                    ),
                ),
            ).lastrowid  # fmt: skip
            self._connection.executemany(
                "insert into passage (document, text, ordinal, first_line, last_line,"
                " first_page, last_page, headings, place, context, hash)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (document, text, *_passage_values(encoded, known, *numbered))
                    for text, known, numbered in zip(texts, digests, enumerate(cut), strict=True)
                ),
            )
            bodies = dict(zip(texts, (passage.embedded for passage in cut), strict=True))
            return [(text, body) for text, body in bodies.items() if not self._vectors.has(text)]

    def put_stale(
        self, document: StoredDocument, stat: FileStat, reason: Reason, digest: bytes | None
    ) -> None:
        """Mark a document as stale: its file cannot be read any more, its passages stay."""
        with self._transaction():
            row = self._row_to_change(document)
            self._connection.execute(
                "update document set size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, digest = ?,"
                " coverage = ?, reason = ?, since = ? where id = ?",
                (
                    *_stat_values(stat),
                    digest,
                    Coverage.STALE.value,
                    text_of_reason(reason),
                    _now(),
                    row,
                ),
            )
            self._connection.execute(
                f"update document set hash = {DOCUMENT_HASH} where id = ?", (row,)
            )

    def _row_to_change(self, document: StoredDocument) -> int:
        """The row of a document in the generation to come; an older row is copied first."""
        if document.born == self._number:
            return document.id
        self._end_rows(os.fsencode(document.path))
        return self._copy(document.id)

    def leave_out(self, document: StoredDocument, text: int, reason: Reason) -> None:
        """Remove the passages with a text from a document, with a reason; other passages stay."""
        with self._transaction():
            row = self._row_to_change(document)
            self._connection.execute(
                "delete from passage where document = ? and text = ?", (row, text)
            )
            self._forget_bodies([text])
            left = self._connection.execute(
                "select count(*) from passage where document = ?", (row,)
            ).fetchone()[0]
            self._connection.execute(
                "update document set coverage = ?, reason = ?, since = ? where id = ?",
                (
                    (document.coverage if left else Coverage.FAILED).value,
                    text_of_reason(reason),
                    _now(),
                    row,
                ),
            )
            self._connection.execute(
                f"update document set hash = {DOCUMENT_HASH} where id = ?", (row,)
            )

    def put_stat(self, document: StoredDocument, stat: FileStat) -> None:
        """Update the stat of a file whose content has not changed."""
        if document.stat == stat:
            return
        with self._transaction(is_durable=False):
            self._connection.execute(
                "update document set size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? where id = ?",
                (*_stat_values(stat), document.id),
            )

    def remove(self, paths: Iterable[str]) -> None:
        """End the documents at some paths."""
        with self._transaction():
            for path in paths:
                self._end_rows(os.fsencode(path))

    def settle(self) -> int:
        """Within the caller's transaction: move changes of skipped files to the last generation.

        For a run without other changes. Returns how many documents that generation has more.
        """
        last, skipped = self._number - 1, Coverage.SKIPPED.value
        came, went = self._connection.execute(
            "select count(*) filter (where born = :number), count(*) filter (where died = :number)"
            " from document where (born = :number or died = :number) and coverage = :skipped",
            {"number": self._number, "skipped": skipped},
        ).fetchone()
        self._delete("died = ? and born = ? and coverage = ?", (last + 1, last, skipped))
        self._set("died", last, "died = ? and coverage = ?", (last + 1, skipped))
        self._set("born", last, "born = ? and coverage = ?", (last + 1, skipped))
        return int(came - went)

    def are_begun(self) -> bool:
        """Whether the generation adds or ends any row."""
        found = self._connection.execute(
            "select 1 from document where born = :number or died = :number limit 1",
            {"number": self._number},
        )
        return found.fetchone() is not None

    def have_changes(self) -> bool:
        """Whether the generation adds or ends a document that is not skipped."""
        found = self._connection.execute(
            "select 1 from document where (born = :number or died = :number)"
            " and coverage != :skipped limit 1",
            {"number": self._number, "skipped": Coverage.SKIPPED.value},
        )
        return found.fetchone() is not None

    def paths(self) -> set[str]:
        """The paths of the documents of all generations, and of a stopped run."""
        rows = self._connection.execute("select distinct path from document")
        return {os.fsdecode(path) for (path,) in rows}

    def bring_back(self, old: int) -> None:
        """Restore the documents of the generation ``old`` in the generation to come."""
        with self._transaction():
            self._set("died", self._number, "born > ? and died is null", (old,))
            for (document,) in self._connection.execute(
                "select id from document where born <= ? and died > ?", (old, old)
            ).fetchall():
                self._copy(document)

    def discard(self) -> None:
        """Within the caller's transaction: undo all changes of the generation to come."""
        self._delete("born = ?", (self._number,))
        self._set("died", None, "died = ?", (self._number,))

    def drop_ended(self, generation: int) -> None:
        """Within the caller's transaction: delete the rows that ended by ``generation``."""
        self._delete("died <= ?", (generation,))

    def _copy(self, document: int) -> int:
        """Copy an older row, with its passages, to the generation to come; returns its id."""
        columns = (
            "path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages, blank_pages,"
            " passages, text_sum, encoding, since, title"
        )
        copy = self._connection.execute(
            f"insert into document ({columns}, born) select {columns}, ? from document"
            " where id = ?",
            (self._number, document),
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

    def _end_rows(self, path: bytes) -> None:
        """End the rows of a path, and delete a row that only the generation to come has."""
        known = "select 1 from document where path = ? and (died is null or +born = ?) limit 1"
        if self._connection.execute(known, (path, self._number)).fetchone() is None:
            return
        # The plus keeps SQLite from using the index on ``born``, which is slower here.
        self._delete("path = ? and +born = ?", (path, self._number))
        self._set("died", self._number, "path = ? and died is null", (path,))

    def _set(
        self,
        column: Literal["born", "died"],
        generation: int | None,
        condition: str,
        values: Sequence[bytes | int | str],
    ) -> None:
        """Set ``born`` or ``died``, with a new hash unless the row is damaged already."""
        changed = DOCUMENT_HASH.replace(f" {column}", " ?1")
        assert changed != DOCUMENT_HASH  # it has the column
        numbered = condition.replace("?", "?{}").format(*range(2, 2 + len(values)))
        self._connection.execute(
            f"update document set {column} = ?1,"
            f" hash = case when hash = {DOCUMENT_HASH} then {changed} else hash end"
            f" where {numbered}",
            (generation, *values),
        )

    def _text_id(self, digest: bytes, text: str) -> int:
        """The id of a text, inserted with its body unless it is there."""
        known = self._connection.execute(
            "select id, body is ? from text where digest = ?", (text, digest)
        ).fetchone()
        if known is None:
            added = "insert into text (digest, body) values (?, ?)"
            return int(self._connection.execute(added, (digest, text)).lastrowid or 0)
        if not known[1]:  # forgotten, or damaged
            self._connection.execute("update text set body = ? where id = ?", (text, known[0]))
        return int(known[0])

    def _delete(self, condition: str, values: Sequence[bytes | int | str]) -> None:
        """Delete documents with their passages, and bodies of texts without a passage left."""
        gone = f"select id from document where {condition}"
        texts = self._connection.execute(
            f"select distinct text from passage where document in ({gone})", values
        ).fetchall()
        self._connection.execute(f"delete from document where {condition}", values)
        self._forget_bodies(text for (text,) in texts)

    def _forget_bodies(self, texts: Iterable[int]) -> None:
        """Delete the bodies of those texts that have no passage left."""
        self._connection.executemany(
            "update text set body = null"
            " where id = :text and not exists (select 1 from passage where text = :text)",
            ({"text": text} for text in texts),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stat_values(stat: FileStat) -> tuple[int, int, int, int]:
    return stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode


def _passage_values(
    path: bytes, digest: bytes, ordinal: int, passage: Passage
) -> tuple[int | str | bytes | None, ...]:
    """The values of a passage's row from ``ordinal`` on, in the order of the insertion."""
    lines, pages = passage.lines or (None, None), passage.pages or (None, None)
    headings, context = json.dumps(passage.headings), len(passage.embedded) - len(passage.text)
    row = (ordinal, *lines, *pages, headings, passage.place, context)
    known = passage_hash(path, digest, ordinal, lines, pages, headings, passage.place, context)
    return (*row, known)

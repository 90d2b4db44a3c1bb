"""Write the documents of the generation to come, with their passages and texts."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Passage, text_digest
from semsearch.documents.reason import Reason
from semsearch.documents.walk.walker import FileStat
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.reason_text import text_of_reason
from semsearch.store.record.schema import DOCUMENT_HASH, HASH_OF_PASSAGE
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.vector_rows import VectorRows


class DocumentRows:
    """Adds and ends rows in generation ``number``; each call is one transaction."""

    def __init__(self, connection: Connection, number: int, vectors: VectorRows) -> None:
        self._connection = connection
        self._number = number
        self._vectors = vectors

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
        with transaction(self._connection, is_durable=False):
            self._end_rows(encoded)
            cut = list(passages)
            document = self._connection.execute(
                "insert into document (path, size, mtime_ns, ctime_ns, inode, digest, coverage,"
                " reason, pages, blank_pages, born, passages, encoding, since, title)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    encoded,
                    *_stat_values(stat),
                    digest,
                    coverage.value,
                    text_of_reason(reason),
                    pages,
                    json.dumps(list(blank_pages)),
                    self._number,
                    len(cut),
                    encoding,
                    _now(),
                    title,
                ),
            ).lastrowid
            texts = [self._put_passage(document, *numbered) for numbered in enumerate(cut)]
            self._connection.execute(
                "update document set text_sum = ? where id = ?", (sum(texts), document)
            )
            self._connection.execute(
                f"update document set hash = {DOCUMENT_HASH} where id = ?", (document,)
            )
            self._connection.execute(
                f"update passage set hash = {HASH_OF_PASSAGE} where document = ?", (document,)
            )
            bodies = dict(zip(texts, (passage.embedded for passage in cut), strict=True))
            return [(text, body) for text, body in bodies.items() if not self._vectors.has(text)]

    def _put_passage(self, document: int | None, ordinal: int, passage: Passage) -> int:
        """Insert a passage of a document, and its text if that is new; returns the text id."""
        text = self._text_id(passage.embedded)
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
        return text

    def put_stale(
        self, document: StoredDocument, stat: FileStat, reason: Reason, digest: bytes | None
    ) -> None:
        """Mark a document as stale: its file cannot be read any more, its passages stay."""
        with transaction(self._connection):
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
        with transaction(self._connection):
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
        with transaction(self._connection, is_durable=False):
            self._connection.execute(
                "update document set size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? where id = ?",
                (*_stat_values(stat), document.id),
            )

    def remove(self, paths: Iterable[str]) -> None:
        """End the documents at some paths."""
        with transaction(self._connection):
            for path in paths:
                self._end_rows(os.fsencode(path))

    def settle(self) -> None:
        """Move changes of skipped files to the last generation, in a run without other changes."""
        with transaction(self._connection):
            number, skipped = self._number, Coverage.SKIPPED.value
            self._delete("died = ? and coverage = ?", (number, skipped))
            self._set("born", number - 1, "born = ? and coverage = ?", (number, skipped))

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
        with transaction(self._connection):
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

    def _text_id(self, text: str) -> int:
        row = self._connection.execute(
            "insert into text (digest, body) values (?, ?)"
            " on conflict (digest) do update set body = excluded.body returning id",
            (text_digest(text), text),
        ).fetchone()
        return int(row[0])

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

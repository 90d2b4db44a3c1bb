"""The documents of the generation to come, with their passages and texts."""

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
    """Rows that are born and die in generation ``number``, each change of a document at once."""

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
        passages: Iterable[Passage] = (),
    ) -> list[tuple[int, str]]:
        """Write what became of one file, in place of what the record had under its path.

        Nothing of that is paid for, so that it need not be on the disk before the next vectors are.
        Returns (text id, text) of the passages that have no vector yet.
        """
        encoded = os.fsencode(path)
        with transaction(self._connection, is_durable=False):
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
                    text_of_reason(reason),
                    pages,
                    json.dumps(list(blank_pages)),
                    self._number,
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
                if not self._vectors.has(text):
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
        self, document: StoredDocument, stat: FileStat, reason: Reason, digest: bytes | None
    ) -> None:
        """Note that a file cannot be read any more; what was indexed of it before stays."""
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
        """A document's row in the generation to come: a copy, where its own is of one before."""
        if document.born == self._number:
            return document.id
        self._end_rows(os.fsencode(document.path))
        return self._copy(document.id)

    def leave_out(self, document: StoredDocument, text: int, reason: Reason) -> None:
        """Take the passages of a text out of a document and say why; its other passages stay."""
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
        """Note that a file has another stat and nothing else that is new."""
        if document.stat == stat:
            return
        with transaction(self._connection, is_durable=False):
            self._connection.execute(
                "update document set size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? where id = ?",
                (*_stat_values(stat), document.id),
            )

    def remove(self, paths: Iterable[str]) -> None:
        """Note that files are gone."""
        with transaction(self._connection):
            for path in paths:
                self._end_rows(os.fsencode(path))

    def settle(self) -> None:
        """Note the files of types that are not read, in a run that changes nothing else."""
        with transaction(self._connection):
            number, skipped = self._number, Coverage.SKIPPED.value
            self._delete("died = ? and coverage = ?", (number, skipped))
            self._set("born", number - 1, "born = ? and coverage = ?", (number, skipped))

    def are_begun(self) -> bool:
        """True when any row comes or goes in the generation, of whatever kind."""
        found = self._connection.execute(
            "select 1 from document where born = :number or died = :number limit 1",
            {"number": self._number},
        )
        return found.fetchone() is not None

    def have_changes(self) -> bool:
        """True when a document comes or goes in the generation, other than one that is skipped."""
        found = self._connection.execute(
            "select 1 from document where (born = :number or died = :number)"
            " and coverage != :skipped limit 1",
            {"number": self._number, "skipped": Coverage.SKIPPED.value},
        )
        return found.fetchone() is not None

    def paths(self) -> set[str]:
        """Those of all documents that any generation has, and of a run that was stopped."""
        rows = self._connection.execute("select distinct path from document")
        return {os.fsdecode(path) for (path,) in rows}

    def bring_back(self, old: int) -> None:
        """Make the documents of the generation those that the ``old`` one has."""
        with transaction(self._connection):
            self._set("died", self._number, "born > ? and died is null", (old,))
            for (document,) in self._connection.execute(
                "select id from document where born <= ? and died > ?", (old, old)
            ).fetchall():
                self._copy(document)

    def discard(self) -> None:
        """Within the caller's transaction: take back all that was done for the generation."""
        self._delete("born = ?", (self._number,))
        self._set("died", None, "died = ?", (self._number,))

    def drop_ended(self, generation: int) -> None:
        """Within the caller's transaction: drop what had gone by ``generation``."""
        self._delete("died <= ?", (generation,))

    def _copy(self, document: int) -> int:
        """Add a row to the generation to come that is as an older one; returns its id."""
        columns = (
            "path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages, blank_pages,"
            " passages, text_sum, encoding, since"
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
        """Take a path out of the generation to come, and drop a row that was only in that."""
        # (The plus keeps SQLite from going through all rows that were born in a generation.)
        self._delete("path = ? and +born = ?", (path, self._number))
        self._set("died", self._number, "path = ? and died is null", (path,))

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

    def _delete(self, condition: str, values: Sequence[bytes | int | str]) -> None:
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stat_values(stat: FileStat) -> tuple[int, int, int, int]:
    return stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode

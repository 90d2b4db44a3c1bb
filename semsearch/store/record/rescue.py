"""Copy rows out of a damaged record, from its pages, so that a lost tree or schema loses none."""

import mmap
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from semsearch.store.record import schema
from semsearch.store.record.expected_schema import columns_of
from semsearch.store.record.page_rows import PageRow, Value, free_pages, rows_on_pages
from semsearch.store.record.row_hash import row_hash
from semsearch.store.record.row_shapes import fault_of_row, has_types
from semsearch.store.record.sqlite import Connection

# Rows that are right in every generation, so that a deleted one that comes back does no harm.
_TIMELESS: Final = frozenset({"embedder", "text", "vector", "sentences"})


def rescue_rows(record: Path, page: int, target: Connection, *, is_settled: bool) -> set[int]:
    """Insert the rows on the pages of a record into tables that may have some of them already.

    Free pages have deleted rows. When their list is damaged, or the file is not ``is_settled``
    because a part of it is still in the log, only rows that belong to no generation are taken.
    Returns the ids of texts of which there are two, as where a bit of an id has flipped.
    """
    with _content(record) as content:
        free = free_pages(content, page)
        is_exact = is_settled and free is not None
        tables = schema.TABLES if is_exact else _TIMELESS
        doubtful: set[int] = set()
        for row in rows_on_pages(content, page, free or frozenset()):
            _put(target, row, tables, doubtful)
        return doubtful


def has_free_list(record: Path, page: int) -> bool:
    """Whether the list of a record's free pages is whole."""
    with _content(record) as content:
        return free_pages(content, page) is not None


def has_semsearch_row(record: Path, page: int) -> bool:
    """Whether a file has a vector that semsearch has stored, by its hash."""
    with _content(record) as content:
        return any(
            table == "vector" and _has_its_hash(*values)
            for row in rows_on_pages(content, page, frozenset())
            for table, values in _tables_of(row)
        )


def _has_its_hash(
    _: Value, embedder: Any, text: Any, vector: Any, parts: Any = 1, hash_: Value = b""
) -> bool:
    return row_hash(embedder, text, parts, vector) == hash_


@contextmanager
def _content(record: Path) -> Iterator[memoryview]:
    with (
        record.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as content,
    ):
        yield content


def _put(target: Connection, row: PageRow, tables: Collection[str], doubtful: set[int]) -> None:
    for table, values in _tables_of(row):
        if table in tables and fault_of_row(table, values) is None:
            names = [column.name for column in columns_of(table)[: len(values)]]
            places = ", ".join("?" * (len(names) + 1))
            done = target.execute(
                f"insert or ignore into {table} (rowid, {', '.join(names)}) values ({places})",
                (row.rowid, *values),
            )
            if table == "text" and not done.rowcount:
                digest = values[names.index("digest")]
                if _is_of_another(target, row.rowid, digest):
                    doubtful.add(row.rowid)


def _is_of_another(target: Connection, text: int, digest: Value) -> bool:
    """Whether there is a text of this id, and with another digest."""
    row = target.execute("select digest from text where id = ?", (text,)).fetchone()
    return row is not None and row[0] != digest


def _tables_of(row: PageRow) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The table that a row is of, told by the types of its values, and its values."""
    for table in schema.TABLES:
        has_rowid = columns_of(table)[0].is_rowid
        if has_rowid and row.values[:1] == (None,):
            values = (row.rowid, *row.values[1:])
        elif not has_rowid:
            values = row.values
        else:
            continue
        if has_types(table, values):
            yield table, values

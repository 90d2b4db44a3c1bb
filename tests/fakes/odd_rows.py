"""Rows with values that semsearch does not write, with hashes that fit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from semsearch.store.record import schema
from semsearch.store.record.row_hash import row_hash

ODD: tuple[Any, ...] = (
    5, -1, 1 << 62, 2.5, None, "", "x", "null", "{}", "[1]", '["a", 2]', "[[1, 2, 3]]", "[" * 2000,
    b"", b"\xff\0", b"../outside.md", b"/outside.md", b"a\0b", b"x" * 32,
)  # fmt: skip
HASHES = {
    "document": schema.DOCUMENT_HASH,
    "passage": schema.HASH_OF_PASSAGE,
    "vector": schema.VECTOR_HASH,
    "generation": f"(select {schema.GENERATION_HASH} from embedder where embedder.id = embedder)",
    "note": schema.NOTE_HASH,
}


class OddValue(NamedTuple):
    """A value for a column of the first row of a table, or of its last."""

    table: str
    column: str
    value: Any
    row: str = "min"


def odd_values(record: Path) -> Iterator[OddValue]:
    """Every odd value in every column."""
    with closing(sqlite3.connect(record)) as connection:
        for table in schema.TABLES:
            if connection.execute(f"select 1 from {table}").fetchone() is None:
                continue
            for _, column, *_ in connection.execute(f"pragma table_info({table})").fetchall():
                for value in ODD:
                    yield OddValue(table, column, value)


def put_odd(record: Path, odd: OddValue) -> bool:
    """Put the value in a row, with hashes that fit; returns whether that has changed the row."""
    with closing(sqlite3.connect(record, isolation_level=None)) as connection:
        connection.create_function("row_hash", -1, row_hash)
        where = f"rowid = (select {odd.row}(rowid) from {odd.table})"
        select = f"select {odd.column} from {odd.table} where {where}"
        before = connection.execute(select).fetchone()
        try:
            connection.execute(
                f"update {odd.table} set {odd.column} = ? where {where}", (odd.value,)
            )
            if odd.table in HASHES and odd.column != "hash":
                for table, made in HASHES.items():
                    connection.execute(f"update {table} set hash = {made}")
        except sqlite3.Error:
            return False
        return bool(connection.execute(select).fetchone() != before)

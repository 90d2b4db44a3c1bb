"""The schema that a record must have: made in memory by the current code, for each format."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from semsearch.store.record import migrations, schema
from semsearch.store.record.sqlite import Connection, connected

_TYPES: Final[Mapping[str, type]] = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
_NEWEST_FIRST: Final = range(schema.FORMAT_VERSION, 0, -1)
_COMMENT: Final = re.compile(r"--[^\n]*")
_OBJECTS: Final = (
    "select type, name, tbl_name, sql from main.sqlite_master where name not glob 'sqlite_stat*'"
    " order by type, name"
)

_Description = list[tuple[Any, ...]]


class Column(NamedTuple):
    """A column, as SQLite describes it; ``is_rowid`` is an integer primary key."""

    name: str
    kind: type
    may_be_null: bool
    may_be_absent: bool  # in rows that were stored before a migration added the column
    is_rowid: bool

    def takes(self, value: object) -> bool:
        """Whether a value of this type may be in the column."""
        return self.may_be_null if value is None else type(value) is self.kind


@cache
def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of a table of the current format, in their order."""
    with _made(schema.FORMAT_VERSION) as connection:
        described = connection.execute(f"pragma table_info({table})").fetchall()
    keys = [name for _, name, *_, key in described if key]
    return tuple(
        Column(
            name,
            _TYPES[kind.upper()],
            may_be_null=not (must or key),
            may_be_absent=not key and (not must or default is not None),
            is_rowid=keys == [name] and kind.upper() == "INTEGER",
        )
        for _, name, kind, must, default, key in described
    )


def format_of_tables(connection: Connection) -> int | None:
    """The format whose tables and indexes a record has; None when it is none of semsearch's.

    Raises sqlite3's errors, and ``IndexDamaged``.
    """
    found = _described(connection)
    return next((version for version in _NEWEST_FIRST if _expected(version) == found), None)


@cache
def _expected(version: int) -> _Description:
    with _made(version) as connection:
        return _described(connection)


@contextmanager
def _made(version: int) -> Iterator[Connection]:
    with connected(Path("/schema"), "memory") as connection:
        migrations.make(connection, version)
        yield connection


def _described(connection: Connection) -> _Description:
    """Every table and index, without the comments, line breaks and places of their definitions."""
    found: _Description = []
    for kind, name, table, sql in connection.execute(_OBJECTS).fetchall():
        words = " ".join(_COMMENT.sub("", str(sql)).lower().split())
        if kind == "table":
            columns = connection.execute("select * from pragma_table_xinfo(?, 'main')", (name,))
            keys = connection.execute("select * from pragma_foreign_key_list(?, 'main')", (name,))
            # SQLite reads a definition without its last bracket, but a migration cannot change it.
            is_closed = words.count("(") == words.count(")")
            counts = "autoincrement" in words
            found.append(
                (kind, name, table, is_closed, counts, columns.fetchall(), keys.fetchall())
            )
        else:
            parts = connection.execute("select * from pragma_index_xinfo(?, 'main')", (name,))
            found.append((kind, name, table, words, parts.fetchall()))
    return found

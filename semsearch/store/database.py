"""The record: one SQLite file, and the only door to sqlite3.

A generation is a state of the documents. A document row is part of generation G when
``born <= G and (died is null or died > G)``: a writer adds rows of the generation to come and marks
the rows that will not be part of it as it goes, and no reader sees any of that until the row of the
new generation is inserted. A run that was interrupted leaves such rows behind and the next one goes
on from there.

A text is kept once, whatever documents it stands in; a vector belongs to a text and an embedder and
to no place, so that a moved, renamed or shifted passage costs nothing.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged, IndexMissing, IndexTooNew, SemsearchError

APPLICATION_ID: Final = 0x53534348  # "SSCH", in the file's header
FORMAT_VERSION: Final = 1

Connection = sqlite3.Connection

_SCHEMA: Final = """
create table pending (            -- what the run that is under way, or was stopped, is about
  corpus blob not null,
  chunking text not null,
  fresh integer references embedder (id)  -- the row that it makes all vectors for, or null
);
create table embedder (           -- one row for each time that vectors are made from nothing
  id integer primary key autoincrement,
  uri text not null,
  dimension integer               -- null until its first vector
);
create table generation (
  number integer primary key,
  created text not null,          -- UTC, ISO 8601
  corpus blob not null,           -- the folder that is searched, relative to the index
  embedder integer not null references embedder (id),
  chunking text not null,         -- JSON: all that decides where a document is cut
  ann_file text,                  -- null when no document has any text
  ann_digest blob,                -- SHA-256
  ann_texts blob                  -- SHA-256 of the sorted text ids that the file holds
);
create table document (
  id integer primary key autoincrement,
  path blob not null,             -- relative to the corpus, '/' between the names' bytes
  size integer not null,
  mtime_ns integer not null,
  ctime_ns integer not null,
  inode integer not null,
  digest blob,                    -- SHA-256 of the file; null when it was not read
  coverage text not null,
  reason text,
  pages integer,
  blank_pages text not null default '[]',
  born integer not null,
  died integer
);
create index document_path on document (path);
create index document_born on document (born);
create index document_died on document (died) where died is not null;
create table text (
  id integer primary key autoincrement,
  digest blob not null unique,    -- SHA-256 of the UTF-8 bytes
  body text                       -- null when no passage has this text any more
);
create table passage (
  id integer primary key autoincrement,
  document integer not null references document (id) on delete cascade,
  text integer not null references text (id),
  ordinal integer not null,
  first_line integer, last_line integer,
  first_page integer, last_page integer,
  headings text not null,         -- JSON list, the outermost first
  unique (document, ordinal)
);
create index passage_text on passage (text);
create table vector (
  id integer primary key,
  embedder integer not null references embedder (id),
  text integer not null references text (id),
  vector blob not null,           -- little-endian float16, one for each dimension
  unique (embedder, text)
);
"""


@contextmanager
def open_to_write(path: Path) -> Iterator[Connection]:
    """Open the record for its one writer, made (0600) where it is missing."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _opened(path, "rw") as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma busy_timeout = 10000")
        if _header(connection, "user_version") == 0 and not _has_tables(connection):
            with transaction(connection):
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"pragma application_id = {APPLICATION_ID}")
                connection.execute(f"pragma user_version = {FORMAT_VERSION}")
        _check_format(connection, path)
        yield connection


@contextmanager
def open_to_read(path: Path) -> Iterator[Connection]:
    """Open the record in one read transaction: all that is read is of one moment."""
    if not path.is_file():
        raise IndexMissing(f"there is no index in {path.parent}; run: semsearch index FOLDER")
    with _opened(path, "ro" if _is_shared(path) else "ro&immutable=1") as connection:
        _check_format(connection, path)
        connection.execute("begin")
        yield connection


def _is_shared(path: Path) -> bool:
    """Whether a writer may be at work, or have been: its log must be read, with a file beside it.

    Where that file cannot be made, in a folder that is read-only for us, there is none at work as
    long as there is no log, and the record may be read as it is.
    """
    effective = os.access in os.supports_effective_ids
    may_write = os.access(path.parent, os.W_OK, effective_ids=effective)
    return may_write or path.with_name(f"{path.name}-wal").exists()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All of it or none of it; the write lock is taken at once."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("rollback")
        raise


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[Connection]:
    """A connection that is closed in the end; sqlite3's errors become semsearch's."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,  # a reader's moves between threads, never used by two at once
        )
        try:
            connection.execute("pragma trusted_schema = off")
            connection.execute("pragma cell_size_check = on")
            yield connection
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.DatabaseError, path: Path) -> SemsearchError:
    if isinstance(error, sqlite3.OperationalError):
        return IndexDamaged(
            f"the index {path} cannot be used ({error}); check its disk space and permissions"
        )
    return IndexDamaged(
        f"the index {path} is damaged ({error}); move {path.parent} away and run: semsearch index"
    )


def _check_format(connection: Connection, path: Path) -> None:
    if not _has_tables(connection):  # its first run was stopped before it had made the tables
        raise IndexMissing(f"the index in {path.parent} is empty; run: semsearch index FOLDER")
    if _header(connection, "application_id") != APPLICATION_ID:
        raise IndexDamaged(f"{path} is no semsearch index; move it away and run: semsearch index")
    version = _header(connection, "user_version")
    if version > FORMAT_VERSION:
        raise IndexTooNew(
            f"the index {path.parent} has format {version}, this semsearch knows {FORMAT_VERSION}"
            " and older; update it: pip install --upgrade semsearch"
        )


def _header(connection: Connection, name: str) -> int:
    return int(connection.execute(f"pragma {name}").fetchone()[0])


def _has_tables(connection: Connection) -> bool:
    return connection.execute("select 1 from sqlite_master limit 1").fetchone() is not None

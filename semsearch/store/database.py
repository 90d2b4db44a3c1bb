"""The only door to sqlite3: connections, transactions, and its errors in semsearch's words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.store.files import put_made, temporary_beside
from semsearch.store.hashing import row_hash

Connection = sqlite3.Connection


@contextmanager
def connected(path: Path, mode: str) -> Iterator[Connection]:
    """A connection that is closed in the end; sqlite3's errors become semsearch's."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,  # a reader's moves between threads, never used by two at once
        )
        try:
            connection.text_factory = _text  # what is damaged may be no text; its hash shows it
            connection.create_function("row_hash", -1, row_hash, deterministic=True)
            connection.execute("pragma trusted_schema = off")
            connection.execute("pragma cell_size_check = on")
            yield connection
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise _translated(error, path) from error


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


def copy_to(connection: Connection, path: Path) -> None:
    """Write the database to another file (0600), whole or not at all."""
    made = temporary_beside(path)
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection.execute("vacuum into ?", (str(made),))
        put_made(made, path)
    finally:
        made.unlink(missing_ok=True)


def header(connection: Connection, name: str) -> int:
    """A number of the file's header."""
    return int(connection.execute(f"pragma {name}").fetchone()[0])


def has_tables(connection: Connection) -> bool:
    """Whether anything was ever made in the file."""
    return connection.execute("select 1 from sqlite_master limit 1").fetchone() is not None


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")


def _translated(error: sqlite3.DatabaseError, path: Path) -> SemsearchError:
    if isinstance(error, sqlite3.OperationalError):
        return IndexDamaged(
            f"the index {path} cannot be used ({error}); check its disk space and permissions"
        )
    return IndexDamaged(
        f"the index {path} is damaged ({error}); move {path.parent} away and run: semsearch index"
    )

"""The only module that imports sqlite3: connections, transactions, translated errors."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from semsearch.errors import (
    DiskFull,
    IndexDamaged,
    IndexLocked,
    SemsearchError,
    StorageFailed,
)
from semsearch.store.disk.atomic_files import put_made, remove, temporary_beside
from semsearch.store.record.row_hash import row_hash

Connection = sqlite3.Connection

HEADER_LENGTH: Final = 100  # bytes; https://www.sqlite.org/fileformat2.html
RECORD: Final = "record: "  # prefix of damages that SQLite reports

_FUNCTION_RAISED: Final = "user-defined function raised exception"
_MOST_PROBLEMS: Final = 10
_FARTHEST: Final = 1 << 40  # rows that are skipped to find a readable one


@contextmanager
def connected(path: Path, mode: str) -> Iterator[Connection]:
    """A connection within the context; sqlite3's errors are translated to semsearch's."""
    with errors_of(path), closing(connection_to(path, mode)) as connection:
        yield connection


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Translate sqlite3's errors about the file ``path`` to semsearch's."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _cause(error, path) from error


def connection_to(path: Path, mode: str) -> Connection:
    """A connection that the caller closes, to be used within ``errors_of``."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # moves between threads, but is never used by two at once
    )
    try:
        # Damaged text may be no UTF-8; its hash detects it. (A function of Python takes longer.)
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.create_function("row_hash", -1, row_hash, deterministic=True)
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma cell_size_check = on")
        _read_schema(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _cause(error: sqlite3.DatabaseError, path: Path) -> BaseException:
    """The exception to raise for an error of SQLite.

    ``row_hash`` raises only when interrupted; SQLite reports just that a function has raised.
    """
    if str(error) == _FUNCTION_RAISED:
        return KeyboardInterrupt()
    return _translated(error, path)


def _read_schema(connection: Connection, path: Path) -> None:
    """Make SQLite parse the schema now: its message about a damaged one may be no UTF-8."""
    try:
        has_tables(connection)
    except UnicodeDecodeError as error:
        raise IndexDamaged(
            f"the index {path} is damaged (its schema); move {path.parent} away and run:"
            " semsearch index"
        ) from error


@contextmanager
def transaction(connection: Connection, *, is_durable: bool = True) -> Iterator[None]:
    """One write transaction: takes the write lock at once, commits at the end or rolls back.

    A durable transaction is synced to the disk when the context ends. A transaction that is not
    ``is_durable`` is synced with the next durable one; a power cut before that undoes it.

    Raises ``DiskFull`` and ``StorageFailed``. After ``StorageFailed`` nothing is retried, as the
    state of the disk is not known until the file is read again.
    """
    try:
        # https://www.sqlite.org/pragma.html#pragma_synchronous, in WAL mode
        connection.execute(f"pragma synchronous = {'full' if is_durable else 'normal'}")
        connection.execute("begin immediate")
        yield
        connection.execute("commit")
    except BaseException as error:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("rollback")
        if isinstance(error, sqlite3.DatabaseError):
            raise _cause(error, _path_of(connection)) from error
        raise


def _path_of(connection: Connection) -> Path:
    return Path(connection.execute("pragma database_list").fetchone()[2])


def copy_to(connection: Connection, path: Path) -> None:
    """Copy the database to a new file (0600), atomically."""
    made = temporary_beside(path)
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection.execute("vacuum into ?", (str(made),))
        put_made(made, path)
    finally:
        remove(made)


def until_unreadable(found: Iterator[str]) -> Iterator[str]:
    """Yield damages until SQLite cannot read on; its error is the last damage."""
    try:
        yield from found
    except sqlite3.DatabaseError as error:
        yield f"{RECORD}{error}"


def readable_rows(connection: Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """The readable rows of a table; skips the parts where its B-tree is damaged."""
    last, step = 0, 1
    while step < _FARTHEST:
        with suppress(sqlite3.DatabaseError):  # continue behind the damaged page
            rows = connection.execute(
                f"select rowid, * from {table} not indexed where rowid > ? order by rowid", (last,)
            )
            for number, *row in rows:
                if number <= last:
                    break  # the tree is out of order from here on
                last, step = number, 1
                yield tuple(row)
            else:
                return
        last, step = last + step, 2 * step


def compact(connection: Connection) -> None:
    """Rewrite the file without its free pages, and truncate the log."""
    connection.execute("vacuum")
    without_log(connection)


def without_log(connection: Connection) -> bool:
    """Write the log's pages to the file; returns whether all of them are there now."""
    (is_busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not is_busy


def copy_rows(
    source: Connection,
    target: Connection,
    tables: Iterable[str],
    is_wanted: Callable[[str, tuple[Any, ...]], bool],
) -> None:
    """Copy readable rows of some tables, those that are wanted, to an empty database's tables."""
    for table in tables:
        for row in readable_rows(source, table):
            if is_wanted(table, row):
                places = ", ".join("?" * len(row))
                target.execute(f"insert or ignore into {table} values ({places})", row)


def copy_over(connection: Connection, target: Connection) -> None:
    """Replace the content of ``target`` in one transaction; its readers may stay open."""
    connection.backup(target)


def problems(connection: Connection, *, full: bool) -> list[str]:
    """The problems that SQLite itself finds; ``full`` also compares indexes with tables."""
    check = "integrity_check" if full else "quick_check"
    try:
        rows = connection.execute(f"pragma {check}({_MOST_PROBLEMS})").fetchall()
        rows += connection.execute("pragma foreign_key_check").fetchall() if full else []
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [" ".join(map(str, row)) for row in rows if row != ("ok",)]


def header(connection: Connection, name: str) -> int:
    """A number in the file's header, by the name of its pragma."""
    return int(connection.execute(f"pragma {name}").fetchone()[0])


def has_tables(connection: Connection) -> bool:
    """Whether the database has any table."""
    return connection.execute("select 1 from sqlite_master limit 1").fetchone() is not None


def can_be_read(path: Path, mode: str) -> bool:
    """Whether SQLite can open a database in a mode, with its log."""
    try:
        with closing(connection_to(path, mode)):
            return True
    except sqlite3.OperationalError:
        return False


def _mended_by(path: Path) -> str:
    """The next step for a damaged record: without a whole header nothing can be salvaged."""
    try:
        is_short = path.stat().st_size < HEADER_LENGTH
    except OSError:
        is_short = False
    return "move it away and run: semsearch index" if is_short else "run: semsearch repair"


def _translated(error: sqlite3.DatabaseError, path: Path) -> SemsearchError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"the disk of {path.parent} is full; free some space and run this again")
    if code == sqlite3.SQLITE_IOERR:
        return StorageFailed(
            f"the disk failed to read or write {path} ({error}); check it, then run:"
            " semsearch verify --full"
        )
    if code == sqlite3.SQLITE_BUSY:
        return IndexLocked(f"another program holds {path}; run this again when it has ended")
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return IndexDamaged(f"the index {path} is damaged ({error}); {_mended_by(path)}")
    if isinstance(error, sqlite3.OperationalError):
        return IndexDamaged(
            f"the index {path} cannot be used ({error}); check its permissions, and run:"
            " semsearch verify"
        )
    return IndexDamaged(f"the index {path} is damaged ({error}); run: semsearch repair")

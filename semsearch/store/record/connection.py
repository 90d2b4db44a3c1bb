"""Open the record, one SQLite file, for writing or reading.

A generation is a state of the documents. A document row belongs to generation G if
``born <= G and (died is null or died > G)``. A writer adds rows of the generation to come, and sets
``died`` of rows that will not be part of it; readers see none of that until the row of the new
generation is inserted. A stopped run leaves such rows behind, and the next run goes on from there.

A text is stored once, however many documents have it. A vector belongs to a text and an embedder,
not to a place, so that a moved, renamed or shifted passage is not embedded again.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from semsearch.errors import IndexDamaged, IndexMissing, IndexTooNew
from semsearch.store.disk.atomic_files import put_made, storage_errors, temporary_beside
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.safe_files import require_safe_files
from semsearch.store.record import migrations, schema
from semsearch.store.record.own_file import require_own
from semsearch.store.record.readable import way_in
from semsearch.store.record.sqlite import (
    Connection,
    connected,
    connection_to,
    copy_to,
    errors_of,
    has_tables,
    header,
    transaction,
)

RecordState = tuple[int, int]  # how often a reader opened the file, and SQLite's number of changes

_CACHE: Final = 32_000  # KB of pages that a reader caches: the B-trees of a million passages


@contextmanager
def open_to_write(path: Path) -> Iterator[Connection]:
    """Open the record for writing; makes it (0600) if missing, migrates it if it is older.

    Raises ``IndexDamaged``, before a byte is written, for a file that is no record of semsearch.
    """
    require_safe_files(path.parent)
    if not path.exists():
        _make(path)
    else:
        require_own(path)
    with connected(path, "rw") as connection:
        _set_up(connection)
        _check_format(connection, path)
        if migrations.version_of(connection) < schema.FORMAT_VERSION:
            _migrate(connection, path)
        yield connection


@contextmanager
def open_to_read(path: Path) -> Iterator[Connection]:
    """Open the record in one read transaction, so that all reads see the same state."""
    with closing(RecordReader(path)) as reader, reader.opened() as connection:
        yield connection


@contextmanager
def open_to_copy(path: Path) -> Iterator[Connection]:
    """Open the record for reading outside of a transaction, as a copy of all of it needs."""
    with way_in(path) as way, connected(way.file, way.mode) as connection:
        _check_format(connection, path)
        yield connection


class RecordReader:
    """Reads the record repeatedly through one connection, whose page cache stays warm.

    The file is opened again when another file has taken its place, or its format has changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None
        self._is_of: tuple[int, int, int] | None = None  # device, inode, format
        self._is_shared = False
        self._openings = 0
        self._open_files = ExitStack()  # a private copy of the record, where that is needed
        self._lock = Lock()

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """One read transaction, so that all reads see the same state.

        A thread that enters while another thread reads gets a connection of its own.
        """
        if not self._lock.acquire(blocking=False):
            with open_to_read(self._path) as connection:
                yield connection
            return
        is_kept = False
        try:
            with errors_of(self._path):
                connection = self._begun()
                yield connection
                connection.execute("rollback")
            # SQLite never re-reads a file opened as immutable, and Windows does not let a new file
            # replace an open one.
            is_kept = self._is_shared and os.name != "nt"
        finally:
            if not is_kept:
                self.close()
            self._lock.release()

    def _begun(self) -> Connection:
        """The kept connection, or a new one, in a transaction."""
        while True:
            if not self._path.is_file():
                raise IndexMissing(
                    f"there is no index in {self._path.parent}; run: semsearch index FOLDER"
                )
            connection = self._connection or self._open()
            connection.execute("begin")
            _check_format(connection, self._path)
            if self._is_of == self._seen(connection):
                return connection
            self.close()

    def _open(self) -> Connection:
        require_safe_files(self._path.parent)
        stat = self._path.stat()  # before opening, so that a replacement is noticed
        way = self._open_files.enter_context(way_in(self._path))
        self._is_shared = way.is_shared
        self._connection = connection = connection_to(way.file, way.mode)
        self._openings += 1
        connection.execute("pragma temp_store = memory")
        connection.execute(f"pragma cache_size = {-_CACHE}")
        connection.execute("begin")
        _check_format(connection, self._path)
        migrations.show_as_current(connection)
        self._is_of = (stat.st_dev, stat.st_ino, migrations.version_of(connection))
        connection.execute("commit")  # a rollback would drop the views
        return connection

    def _seen(self, connection: Connection) -> tuple[int, int, int]:
        stat = self._path.stat()
        return stat.st_dev, stat.st_ino, migrations.version_of(connection)

    def state(self, connection: Connection) -> RecordState | None:
        """What the record holds in a transaction of ``opened``; None for a connection of its own.

        Two equal states have equal rows: no program has committed anything between them.
        """
        if connection is not self._connection:
            return None
        # https://www.sqlite.org/pragma.html#pragma_data_version
        return self._openings, int(connection.execute("pragma data_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection, if it is open; the reader may be used again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._open_files.close()


def _make(path: Path) -> None:
    """Make an empty record under a temporary name, and rename it when it has its tables."""
    made = temporary_beside(path)
    with connected(made, "rwc") as connection:
        migrations.make_ready(connection)
        with transaction(connection):
            migrations.make(connection)
        _set_up(connection)  # last: a write-ahead log would be lost in the renaming
    with connected(made, "ro&immutable=1") as connection:  # leaves no log beside the file
        _check_format(connection, path)
    with storage_errors(path.parent):
        made.chmod(0o600)
    put_made(made, path)


def _set_up(connection: Connection) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma busy_timeout = 10000")


def _migrate(connection: Connection, path: Path) -> None:
    """Migrate in one transaction; a copy of the old record is kept until ``verify --full``."""
    backup = IndexDirectory(path.parent).backup(migrations.version_of(connection))
    copy_to(connection, backup)
    with transaction(connection):
        migrations.migrate(connection)


def _check_format(connection: Connection, path: Path) -> None:
    if not has_tables(connection):  # an early version was stopped while making it
        raise IndexMissing(f"{path} is empty; move it away and run: semsearch index FOLDER")
    if header(connection, "application_id") != schema.APPLICATION_ID:
        raise IndexDamaged(f"{path} is no semsearch index; move it away and run: semsearch index")
    version = migrations.version_of(connection)
    if version > schema.FORMAT_VERSION:
        raise too_new(path, version)


def too_new(path: Path, version: int) -> IndexTooNew:
    """The error for a record of a later format."""
    return IndexTooNew(
        f"the index {path.parent} has format {version}, this semsearch knows"
        f" {schema.FORMAT_VERSION} and older; update it: pip install --upgrade semsearch"
    )

"""How a record is opened for reading, also where nothing can be written."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from semsearch.store.disk.filesystems import may_write_in
from semsearch.store.record.sqlite import can_be_read, connected, has_tables

_SHARED: Final = "ro"
_ALONE: Final = "ro&immutable=1"  # SQLite takes no lock and makes no file


class WayIn(NamedTuple):
    """The file to open and the mode; ``is_shared`` when later changes of the file are seen."""

    file: Path
    mode: str
    is_shared: bool


@contextmanager
def way_in(record: Path) -> Iterator[WayIn]:
    """The way to read a record, which is open within the context.

    Where files can be made, SQLite reads the log with a -shm file beside it, and undoes the
    transaction of a process that was killed before it had set the log. Elsewhere, also on a full
    disk, a record without a log is read as it stands; one with a log, or with a transaction to
    undo, from a private copy.
    """
    log, journal = (record.with_name(f"{record.name}-{kind}") for kind in ("wal", "journal"))
    if may_write_in(record.parent) and (journal.exists() or can_be_read(record, _SHARED)):
        if journal.exists():
            with connected(record, "rw") as connection:
                has_tables(connection)
        yield WayIn(record, _SHARED, is_shared=True)
    elif log.exists() and can_be_read(record, _SHARED):  # a writer of another user is active
        yield WayIn(record, _SHARED, is_shared=True)
    elif not journal.exists() and not (log.exists() and log.stat().st_size):
        yield WayIn(record, _ALONE, is_shared=False)
    else:
        from tempfile import TemporaryDirectory  # here: most records can be written to

        with TemporaryDirectory(prefix="semsearch-") as folder:
            for path in (record, log, journal):
                if path.exists():
                    shutil.copyfile(path, Path(folder) / path.name)
            copy = Path(folder) / record.name
            with connected(copy, "rw") as connection:
                has_tables(connection)
            yield WayIn(copy, _SHARED, is_shared=False)

"""Repair the first page of a record: SQLite's header, and the schema behind it.

Nothing of a damaged schema is needed, because the tables of each format are known and all rows are
found on their pages.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semsearch.errors import IndexDamaged, IndexLocked
from semsearch.store.disk.atomic_files import remove, temporary_beside
from semsearch.store.record import migrations, schema
from semsearch.store.record.connection import too_new
from semsearch.store.record.expected_schema import format_of_tables
from semsearch.store.record.rescue import rescue_rows
from semsearch.store.record.sqlite import (
    RECORD,
    Connection,
    connected,
    copy_over,
    has_tables,
    header,
    problems,
    transaction,
    without_log,
)
from semsearch.store.record.sqlite_header import (
    empty_schema,
    format_of_header,
    is_one_bit_from,
    repair_header,
)


def repair_first_page(record: Path) -> tuple[str, ...]:
    """Make the header and the schema whole again, with all rows; returns the damages found.

    The caller holds the writer's lock. A process that is killed meanwhile leaves a record that
    ``repair`` can repair. Raises ``IndexDamaged`` for a file of another program, ``IndexTooNew``
    for a record of a later format, and ``IndexLocked`` when another process reads the record.
    """
    found = [f"{RECORD}its header"] if repair_header(record) else []
    version = _format_of(record)
    if version is None:
        _refuse_later_format(record)
        found.append(f"{RECORD}its schema")
        _rebuild(record)
    elif _repair_numbers(record, version):
        found.append(f"{RECORD}its header")
    return tuple(found)


@contextmanager
def rebuilt(connection: Connection, record: Path, version: int) -> Iterator[Connection]:
    """An empty record of a format, to fill; its rows replace the record's when the context ends.

    ``connection`` is to the record, which is replaced in one transaction.
    """
    made = temporary_beside(record)
    try:
        with connected(made, "rwc") as new:
            made.chmod(0o600)
            # SQLite requires equal page sizes
            migrations.make_ready(new, header(connection, "page_size"))
            with transaction(new):
                migrations.make(new, version)
                yield new
            copy_over(new, connection)
    finally:
        remove(made)


def _rebuild(record: Path) -> None:
    version = format_of_header(record)
    empty_schema(record)
    if _format_of(record) is not None:
        return  # the log has a newer first page, which is whole
    with connected(record, "rw") as connection:
        if not without_log(connection):
            raise IndexLocked(f"another program holds {record}; run this again when it has ended")
        page = header(connection, "page_size")
        with rebuilt(connection, record, version) as new:
            rescue_rows(record, page, new, is_settled=True)


def _format_of(record: Path) -> int | None:
    """The format of the record's tables; None when its schema is damaged.

    An older record whose trees are damaged counts as damaged, because it could not be migrated.
    """
    try:
        with connected(record, "rw") as connection:
            version = format_of_tables(connection)
            is_old = version is not None and version < schema.FORMAT_VERSION
            return None if is_old and problems(connection, full=True) else version
    except IndexDamaged:
        return None


def _refuse_later_format(record: Path) -> None:
    """Raise ``IndexTooNew`` for a record that is whole, with a later version and other tables.

    Where only one of both differs, it is damage.
    """
    try:
        with connected(record, "rw") as connection:
            version = migrations.version_of(connection)
            is_whole = has_tables(connection) and not problems(connection, full=True)
    except IndexDamaged:
        return
    if version > schema.FORMAT_VERSION and is_whole:
        raise too_new(record, version)


def _repair_numbers(record: Path, version: int) -> bool:
    """Set a format version or application id that differs by one bit from the right one."""
    right = {"user_version": version, "application_id": schema.APPLICATION_ID}
    with connected(record, "rw") as connection:
        wrong = [
            name
            for name, number in right.items()
            if is_one_bit_from(header(connection, name), number)
        ]
        for name in wrong:
            connection.execute(f"pragma {name} = {right[name]}")
    return bool(wrong)

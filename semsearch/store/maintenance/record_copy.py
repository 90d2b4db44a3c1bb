"""A whole index as one file: the record, from which all else is made again."""

import shutil
from pathlib import Path

from semsearch.errors import IndexDamaged
from semsearch.store.disk.atomic_files import put_made, remove, storage_errors, temporary_beside
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.maintenance.integrity import damages
from semsearch.store.record import schema
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.generations import Generation, last_generation
from semsearch.store.record.sqlite import connected, copy_rows, copy_to, transaction
from semsearch.store.writer import IndexWriter


def write_out(directory: IndexDirectory, file: Path) -> None:
    """Write the record, as it is at this moment, to a file (0600), whole or not at all."""
    with connected(directory.record, "ro") as connection:
        copy_to(connection, file)


def take_in(file: Path, directory: IndexDirectory, corpus: Path) -> Generation:
    """Make an index of ``corpus`` from what ``write_out`` gave; returns its newest generation.

    The caller holds the lock of a directory without a record. Rows alone are taken, into tables of
    semsearch's own, each checked by its hash; no derived file is. Raises ``IndexDamaged`` when the
    file is no whole index.
    """
    foreign = IndexDirectory(temporary_beside(directory.record))
    try:
        with storage_errors(directory.path):
            foreign.path.mkdir(mode=0o700)
            shutil.copyfile(file, foreign.record)
        made = foreign.path / "made"
        with open_to_write(foreign.record) as source, connected(made, "rwc") as new:
            schema.make_ready(new)
            with transaction(new):
                schema.make(new)
                copy_rows(source, new, schema.TABLES)
            if last_generation(new) is None:
                raise IndexDamaged(f"{file} holds no finished index; export one that is")
            found = [damage for damage in damages(new, directory, full=True) if _is_of_rows(damage)]
        if found:
            raise IndexDamaged(f"{file} is no whole index ({found[0]}); export it again")
        with storage_errors(directory.path):
            made.chmod(0o600)
        put_made(made, directory.record)
    finally:
        remove(foreign.path)
    with open_to_write(directory.record) as connection:
        writer = IndexWriter(connection, directory)
        return writer.take_over(corpus)


def _is_of_rows(damage: str) -> bool:
    """The derived files were not carried."""
    return not damage.startswith(("the ANN file", "the keyword index"))

"""Export a whole index to one file, and import it: a copy of the record, without derived files."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from semsearch.errors import CorpusError, IndexDamaged, SettingsError, StorageFailed
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.derived.rebuild import rehash_generations
from semsearch.store.disk.atomic_files import (
    put_folder,
    put_made,
    remove,
    storage_errors,
    temporary_beside,
)
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import (
    find_index,
    index_to_write,
    refuse_collection,
    refuse_collection_of,
)
from semsearch.store.maintenance.integrity import damages
from semsearch.store.notes.folder_digest import FOLDERS, LISTING
from semsearch.store.record import migrations, schema
from semsearch.store.record.connection import open_to_copy, open_to_write
from semsearch.store.record.expected_schema import format_of_tables
from semsearch.store.record.generations import Generation, last_generation, relative_corpus
from semsearch.store.record.partial_generation import PARTIAL
from semsearch.store.record.row_shapes import fault_of_row, name_of_row
from semsearch.store.record.sqlite import (
    Connection,
    connected,
    copy_rows,
    copy_to,
    transaction,
    without_log,
)
from semsearch.store.snapshot import open_snapshot
from semsearch.store.writer import IndexWriter


@dataclass(frozen=True, slots=True)
class Carried:
    """An index that was written to a file, or made from one."""

    file: Path
    index: Path
    corpus: Path
    generation: int
    embedder: str
    passages: int
    bytes: int  # of the file

    def to_dict(self) -> dict[str, Any]:
        """The file and the index as JSON names and values."""
        return {
            "file": str(self.file),
            "index": str(self.index),
            "corpus": str(self.corpus),
            "generation": self.generation,
            "embedder": self.embedder,
            "passages": self.passages,
            "bytes": self.bytes,
        }


def export(
    file: str | Path, *, index: str | Path | None = None, settings: Settings | None = None
) -> Carried:
    """Write a whole index to one new file (0600), from which ``import_`` makes it again.

    The file holds the documents' text. Writers and readers may go on meanwhile. Raises
    ``SemsearchError``.
    """
    directory = find_index(run_settings(settings, index=index))
    path = expanded(file).absolute()
    if os.path.lexists(path):
        raise SettingsError(f"{path} is there already; name a new file")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}; make it first")
    with open_snapshot(directory) as snapshot:  # raises unless a generation is committed
        corpus = snapshot.corpus
    with open_to_copy(directory.record) as connection:
        copy_to(connection, path)
    with connected(path, "ro") as copied:  # a writer may have committed meanwhile
        generation = last_generation(copied)
    assert generation is not None
    return _carried(path, directory, corpus, generation)


def import_(
    file: str | Path,
    folder: str | Path | None = None,
    *,
    index: str | Path | None = None,
    settings: Settings | None = None,
) -> Carried:
    """Make the index of a folder (default: the current one) from a file that ``export`` wrote.

    Every row is verified by its hash, which detects damage, not a forged file: import only files
    from people you trust. ANN and keyword index are rebuilt. Raises ``SemsearchError``, also when
    the folder has an index already.
    """
    if folder is not None:
        refuse_collection(folder)
    values = run_settings(settings, index=index)
    refuse_collection_of(values)
    path = expanded(file).absolute()
    corpus = expanded(folder).resolve() if folder is not None else Path.cwd()
    if not path.is_file():
        raise SettingsError(f"there is no file {path}")
    if not corpus.is_dir():
        raise CorpusError(f"there is no folder {corpus}")
    directory = index_to_write(values, corpus)
    with _removed_if_made(directory), directory.locked():
        if directory.record.exists():
            raise SettingsError(
                f"there is an index in {directory.path} already; move it away first"
            )
        generation = put_index(path, directory, corpus)
    return _carried(path, directory, corpus, generation)


@contextmanager
def _removed_if_made(directory: IndexDirectory) -> Iterator[None]:
    """Leave no directory behind where a failed import has made one."""
    is_new = not os.path.lexists(directory.path)
    try:
        yield
    except BaseException:
        if is_new and not directory.record.exists():
            remove(directory.path)
        raise


def _carried(
    file: Path, directory: IndexDirectory, corpus: Path, generation: Generation
) -> Carried:
    return Carried(
        file=file,
        index=directory.path,
        corpus=corpus,
        generation=generation.number,
        embedder=generation.embedder.uri,
        passages=generation.passages,
        bytes=file.stat().st_size,
    )


def put_index(file: Path, directory: IndexDirectory, corpus: Path) -> Generation:
    """Make an index from an exported one in a directory without one; the caller holds the lock.

    Everything is made beside, and the record is renamed last: a process that is killed leaves a
    whole index, or none. Raises ``IndexDamaged`` when the file holds no whole index.
    """
    beside = IndexDirectory(temporary_beside(directory.record), directory.policy)
    try:
        with storage_errors(directory.path):
            beside.path.mkdir(mode=0o700)
        _copy_record(file, beside, relative_corpus(corpus, directory.path))
        with open_to_write(beside.record) as connection:
            writer = IndexWriter(connection, beside)
            writer.rebuild_all_derived()
            # SQLite ignores an error of the disk when it closes the file, and the log stays beside.
            if not without_log(connection):
                raise StorageFailed(f"the disk of {directory.path} failed; import again")
        for made in beside.derived_files():
            put = put_folder if made.is_dir() else put_made
            put(made, directory.path / made.name)
        put_made(beside.record, directory.record)
    finally:
        remove(beside.path)
    assert writer.committed is not None  # a record without it is refused
    return writer.committed


def _copy_record(file: Path, to: IndexDirectory, corpus: bytes) -> None:
    """Copy the rows of a file into tables that semsearch has created, and verify each row."""
    foreign = to.path / "foreign.sqlite"
    with storage_errors(to.path):
        shutil.copyfile(file, foreign)
    with connected(foreign, "rw") as source:
        if format_of_tables(source) is None:
            raise IndexDamaged(f"{file} has other tables than an index; export it again")
    with open_to_write(foreign) as source, connected(to.record, "rwc") as new:
        migrations.make_ready(new)
        with transaction(new):
            migrations.make(new)
            copy_rows(source, new, schema.TABLES, partial(_is_right, file))
        if last_generation(new) is None:
            raise IndexDamaged(f"{file} holds no finished index; export one that is")
        found = [damage for damage in damages(new, to, full=True) if _is_of_rows(damage)]
        if found:
            raise IndexDamaged(f"{file} is no whole index ({found[0]}); export it again")
        _adopt(new, corpus)
    with storage_errors(to.path):
        to.record.chmod(0o600)


def _adopt(connection: Connection, corpus: bytes) -> None:
    """Point a record to a folder, no file of which counts as read."""
    with transaction(connection):
        connection.execute("update pending set corpus = ?", (corpus,))
        connection.execute("update generation set corpus = ?", (corpus,))
        rehash_generations(connection, "true", ())
        # No file has this size, so that the next run reads it; the dates are for filters.
        connection.execute("update document set size = -1")
        connection.execute("delete from note where name in (?, ?, ?)", (LISTING, FOLDERS, PARTIAL))


def _is_right(file: Path, table: str, row: tuple[Any, ...]) -> bool:
    """True; raises ``IndexDamaged`` for a row that semsearch does not write."""
    if (fault := fault_of_row(table, row)) is not None:
        raise IndexDamaged(f"{file} is no whole index ({name_of_row(table, row)}: {fault})")
    return True


def _is_of_rows(damage: str) -> bool:
    """Whether a damage is not about derived files, which an export does not contain."""
    return not damage.startswith(("the ANN file", "the keyword index"))

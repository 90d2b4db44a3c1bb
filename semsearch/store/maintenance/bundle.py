"""Export a whole index to one file, and import it: a copy of the record, without derived files."""

import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from semsearch.errors import CorpusError, IndexDamaged, SettingsError
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.atomic_files import put_made, remove, storage_errors, temporary_beside
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.history import History
from semsearch.store.locate import find_index, index_to_write
from semsearch.store.maintenance.integrity import damages
from semsearch.store.record import schema
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.expected_schema import format_of_tables
from semsearch.store.record.generations import Generation, last_generation
from semsearch.store.record.row_shapes import fault_of_row, name_of_row
from semsearch.store.record.sqlite import connected, copy_rows, copy_to, transaction
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
    with open_snapshot(directory):
        pass  # raises unless a generation is committed
    with connected(directory.record, "ro") as connection:
        copy_to(connection, path)
    with open_snapshot(directory) as snapshot:
        return _carried(path, directory, snapshot.corpus, snapshot.generation)


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
    path = expanded(file).absolute()
    corpus = expanded(folder).resolve() if folder is not None else Path.cwd()
    if not path.is_file():
        raise SettingsError(f"there is no file {path}")
    if not corpus.is_dir():
        raise CorpusError(f"there is no folder {corpus}")
    directory = index_to_write(run_settings(settings, index=index), corpus)
    with directory.locked():
        if directory.record.exists():
            raise SettingsError(
                f"there is an index in {directory.path} already; move it away first"
            )
        _put_record(path, directory)
        with open_to_write(directory.record) as connection:
            generation = History(IndexWriter(connection, directory)).adopt(corpus)
    return _carried(path, directory, corpus, generation)


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


def _put_record(file: Path, directory: IndexDirectory) -> None:
    """Make a directory's record from an exported one; the caller holds the lock.

    Copies the rows into tables that semsearch has created, and verifies each row's hash. Raises
    ``IndexDamaged`` when the file holds no whole index.
    """
    foreign = IndexDirectory(temporary_beside(directory.record))
    try:
        with storage_errors(directory.path):
            foreign.path.mkdir(mode=0o700)
            shutil.copyfile(file, foreign.record)
        made = foreign.path / "made"
        with connected(foreign.record, "rw") as source:
            if format_of_tables(source) is None:
                raise IndexDamaged(f"{file} has other tables than an index; export it again")
        with open_to_write(foreign.record) as source, connected(made, "rwc") as new:
            schema.make_ready(new)
            with transaction(new):
                schema.make(new)
                copy_rows(source, new, schema.TABLES, partial(_is_right, file))
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


def _is_right(file: Path, table: str, row: tuple[Any, ...]) -> bool:
    """True; raises ``IndexDamaged`` for a row that semsearch does not write."""
    if (fault := fault_of_row(table, row)) is not None:
        raise IndexDamaged(f"{file} is no whole index ({name_of_row(table, row)}: {fault})")
    return True


def _is_of_rows(damage: str) -> bool:
    """Whether a damage is not about derived files, which an export does not contain."""
    return not damage.startswith(("the ANN file", "the keyword index"))

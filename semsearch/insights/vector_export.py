"""Load or export the vectors of an index, with the passages that they belong to."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from semsearch.documents.passage import Location
from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError
from semsearch.insights.passage_matrix import (
    BATCH,
    PassageMatrix,
    Steps,
    open_passage_matrix,
    silent,
)
from semsearch.insights.tables import Row, writer_for
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.store.disk.atomic_files import new_file
from semsearch.store.record.passages import StoredPassage


@dataclass(frozen=True, slots=True, eq=False)
class PassageVectors:
    """One row for each passage, by path and place.

    ``vectors`` is (passages, dimension) float32, unit rows. ``folders`` are the documents' folders
    ("" at the top), ``digests`` the SHA-256 of the embedded texts, and ``texts`` the passages
    without their context. Passages with equal texts have equal rows.
    """

    vectors: Vectors
    paths: list[str]
    folders: list[str]
    locations: list[Location]
    texts: list[str]
    digests: list[str]
    index: Path
    generation: int
    embedder: str
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportedVectors:
    """The files that were written; None is a file that was not asked for."""

    vectors: Path | None
    table: Path | None
    index: Path
    generation: int
    embedder: str
    passages: int
    dimension: int
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The files and their source as JSON names and values."""
        return {
            "vectors": None if self.vectors is None else str(self.vectors),
            "table": None if self.table is None else str(self.table),
            "index": str(self.index),
            "generation": self.generation,
            "embedder": self.embedder,
            "passages": self.passages,
            "dimension": self.dimension,
        }


def load_vectors(
    index: str | Path | None = None,
    *,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> PassageVectors:
    """Read the vectors of an index and its passages; calls no embedder. Raises ``SemsearchError``.

    1,000,000 vectors of 1,024 dimensions take 4 GB, and 6 GB while loading.
    """
    with open_passage_matrix(index, settings=settings, steps=steps) as matrix:
        found = list(matrix.passages())
        positions = np.array([position for position, _ in found], dtype=np.int32)
        vectors = np.empty((len(found), matrix.stored.shape[1]), dtype=np.float32)
        for first in range(0, len(found), BATCH):
            here = slice(first, first + BATCH)
            vectors[here] = matrix.vectors_at(positions[here])
        passages = [passage for _, passage in found]
        return PassageVectors(
            vectors=vectors,
            paths=[passage.location.path for passage in passages],
            folders=[_folder(passage) for passage in passages],
            locations=[passage.location for passage in passages],
            texts=[passage.body for passage in passages],
            digests=[passage.digest.hex() for passage in passages],
            index=matrix.snapshot.directory.path,
            generation=matrix.snapshot.generation.number,
            embedder=matrix.embedder,
            notices=matrix.notices,
        )


def export_vectors(
    vectors: str | Path | None = None,
    table: str | Path | None = None,
    *,
    index: str | Path | None = None,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> ExportedVectors:
    """Write vectors and passages to new files (0600): a NumPy array, a table, or both.

    ``vectors`` is a path that ends with .npy, ``table`` one with .parquet, .csv or .jsonl; its
    column ``row`` is the row of the array. Raises ``SemsearchError``.
    """
    array = None if vectors is None else _new(vectors)
    rows_file = None if table is None else _new(table)
    if array is not None and array.suffix != ".npy":
        raise SettingsError(f"{array} must end with .npy")
    write = None if rows_file is None else writer_for(rows_file)
    with (
        open_passage_matrix(index, settings=settings, steps=steps) as matrix,
        ExitStack() as made,
    ):
        positions: list[int] = []
        rows = _rows(matrix, positions, steps or silent)
        if rows_file is not None and write is not None:
            write(made.enter_context(new_file(rows_file)), rows)
        else:
            deque(rows, maxlen=0)  # fills ``positions``, without damaged passages
        if array is not None:
            _write_array(made.enter_context(new_file(array)), matrix, positions)
        return ExportedVectors(
            vectors=array,
            table=rows_file,
            index=matrix.snapshot.directory.path,
            generation=matrix.snapshot.generation.number,
            embedder=matrix.embedder,
            passages=len(positions),
            dimension=matrix.stored.shape[1],
            notices=matrix.notices,
        )


def _new(file: str | Path) -> Path:
    path = expanded(file).absolute()
    if os.path.lexists(path):
        raise SettingsError(f"{path} is there already; name a new file")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}; make it first")
    return path


def _folder(passage: StoredPassage) -> str:
    folder = str(PurePosixPath(passage.location.path).parent)
    return "" if folder == "." else folder


def _rows(matrix: PassageMatrix, positions: list[int], steps: Steps) -> Iterator[Row]:
    """The rows of a table; appends the positions of their passages to ``positions``."""
    total = len(matrix.vector_of)
    for position, passage in matrix.passages():
        if position % BATCH == 0:
            steps("reading passages", position, total)
        place = passage.location
        first_line, last_line = place.lines or (None, None)
        first_page, last_page = place.pages or (None, None)
        yield {
            "row": len(positions),
            "path": place.path,
            "folder": _folder(passage),
            "first_line": first_line,
            "last_line": last_line,
            "first_page": first_page,
            "last_page": last_page,
            "place": place.place,
            "headings": list(place.headings),
            "text": passage.body,
            "digest": passage.digest.hex(),
        }
        positions.append(position)
    steps("reading passages", total, total)


def _write_array(path: Path, matrix: PassageMatrix, positions: list[int]) -> None:
    """Write a .npy file batch by batch."""
    every = np.array(positions, dtype=np.int32)
    shape = (len(every), matrix.stored.shape[1])
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f4", "fortran_order": False, "shape": shape}
        )
        for first in range(0, len(every), BATCH):
            rows = matrix.vectors_at(every[first : first + BATCH])
            file.write(rows.astype("<f4", copy=False).data)

"""What belongs to nothing: documents or passages that are far from even their nearest."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from semsearch.documents.passage import Location
from semsearch.embedders.embedder import Vectors
from semsearch.errors import SettingsError
from semsearch.insights.passage_matrix import BATCH, Material, Steps, open_material, silent
from semsearch.insights.sketches import centres_of, nearest_centres, sketches_of
from semsearch.settings.schema import Settings
from semsearch.store.record.vectors import StoredVectors, unit_rows

FEWEST: Final = 3  # documents; of two none is farther than the other
NEIGHBOURS: Final = 5
# Three deviations below the median, as the median of the absolute ones tells them of a normal
# distribution (Leys and others, "Detecting outliers: do not use standard deviation around the mean,
# use absolute deviation around the median", 2013).
_DEVIATIONS: Final = 3.0
_NORMAL: Final = 1.4826
_USUAL: Final = 1_000  # rows that the median is taken of
_AT_ONCE: Final = 2_000  # rows that are compared with as many

Rows = Vectors | StoredVectors  # (n, dimension)
Numbers = npt.NDArray[np.int64]  # of rows


@dataclass(frozen=True, slots=True)
class Outlier:
    """``similarity`` is the mean cosine to its nearest; ``location`` is None of a document.

    ``text`` is what it, or its first passage, says.
    """

    path: str
    location: Location | None
    similarity: float
    text: str

    def to_dict(self) -> dict[str, Any]:
        """The outlier as JSON names and values."""
        return {
            "path": self.path,
            "similarity": self.similarity,
            "location": None if self.location is None else self.location.to_dict(),
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Outliers:
    """What is farther from its nearest than ``threshold``, the farthest first.

    ``usual`` is the median of the mean cosines of all, or of 1,000 of them.
    """

    index: Path
    generation: int
    embedder: str
    neighbours: int
    usual: float
    threshold: float
    found: tuple[Outlier, ...]
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The outliers and the threshold as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "embedder": self.embedder,
            "neighbours": self.neighbours,
            "usual": self.usual,
            "threshold": self.threshold,
            "outliers": [outlier.to_dict() for outlier in self.found],
        }


def outliers(
    index: str | Path | None = None,
    *,
    passages: bool = False,
    neighbours: int = NEIGHBOURS,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> Outliers:
    """Find the documents, or with ``passages`` the passages, that belong to nothing.

    Each is told by the mean cosine to its ``neighbours`` nearest others; documents by the mean of
    their passages' vectors. What is three deviations (by the median) below the usual is an outlier.
    Calls no embedder. Raises ``SemsearchError``: ``TooLittle`` with fewer than 3 documents.
    """
    if neighbours < 1:
        raise SettingsError("the number of neighbours must be 1 or more")
    with open_material(index, settings=settings, documents=FEWEST, steps=steps) as material:
        rows = material.stored if passages else material.document_vectors()
        count = max(1, min(neighbours, len(rows) - 1))
        usual, threshold = _usual(rows, count)
        lonely = _lonely(rows, count, threshold, steps or silent)
        return Outliers(
            index=material.snapshot.directory.path,
            generation=material.snapshot.generation.number,
            embedder=material.embedder,
            neighbours=count,
            usual=usual,
            threshold=threshold,
            found=tuple(_described(material, lonely, passages)),
            notices=material.notices,
        )


def _described(
    material: Material, lonely: list[tuple[int, float]], passages: bool
) -> Iterator[Outlier]:
    """The first passage of each row that is a text, or a document."""
    rows_of = material.vector_of if passages else material.document_of
    row_of, positions = np.unique(rows_of, return_index=True)
    first = positions[np.searchsorted(row_of, [row for row, _ in lonely])].tolist()
    found = dict(material.passages(first))
    for position, (_, similarity) in zip(first, lonely, strict=True):
        if position in found:
            passage = found[position]
            yield Outlier(
                path=passage.location.path,
                location=passage.location if passages else None,
                similarity=similarity,
                text=passage.body,
            )


def _usual(rows: Rows, count: int) -> tuple[float, float]:
    """The median, and what is far below it, of the mean cosines to the nearest."""
    asked = np.arange(0, len(rows), -(-len(rows) // _USUAL))
    best = np.full((len(asked), count), -1, dtype=np.float32)
    for others in _blocks(np.arange(len(rows))):
        _improve(best, rows, asked, others)
    means = best.mean(axis=1)
    median = float(np.median(means))
    deviation = _NORMAL * float(np.median(np.abs(means - median)))
    return median, median - _DEVIATIONS * deviation


def _lonely(rows: Rows, count: int, threshold: float, steps: Steps) -> list[tuple[int, float]]:
    """(row, mean cosine to its nearest) of those that are below a threshold, the lowest first.

    Most rows have near ones in their cell, and are never compared with all others.
    """
    left = np.arange(len(rows))
    if len(rows) > BATCH:
        left = _without_company(rows, count, threshold, steps)
    best = np.full((len(left), count), -1, dtype=np.float32)
    for others in _blocks(np.arange(len(rows))):
        steps("comparing", int(others[0]), len(rows))
        for some in _blocks(np.arange(len(left))):
            part = best[some]
            _improve(part, rows, left[some], others)
            best[some] = part
        is_lonely = best.mean(axis=1) < threshold  # what is near enough only gets nearer
        left, best = left[is_lonely], best[is_lonely]
    steps("comparing", len(rows), len(rows))
    means = best.mean(axis=1)
    order = np.argsort(means, kind="stable")
    return list(zip(left[order].tolist(), means[order].tolist(), strict=True))


def _without_company(rows: Rows, count: int, threshold: float, steps: Steps) -> Numbers:
    """The rows that are not near enough to others of their cell."""
    sketches = sketches_of(rows)
    centres = centres_of(sketches)
    own, _ = nearest_centres(sketches, centres)
    order = np.argsort(own, kind="stable")
    cells = np.split(order, np.flatnonzero(np.diff(own[order])) + 1)
    left = []
    for number, cell in enumerate(cells):
        steps("comparing within cells", number, len(cells))
        for some in _blocks(cell):
            best = np.full((len(some), count), -1, dtype=np.float32)
            _improve(best, rows, some, cell)
            left.append(some[best.mean(axis=1) < threshold])
    return np.sort(np.concatenate(left))


def _improve(best: Vectors, rows: Rows, asked: Numbers, others: Numbers) -> None:
    """Put into ``best`` (asked, count) the cosines of others that are nearer; none to itself.

    ``others`` are ascending.
    """
    cosines = _unit(rows, asked) @ _unit(rows, others).T
    at = np.minimum(np.searchsorted(others, asked), len(others) - 1)
    is_itself = others[at] == asked
    cosines[is_itself, at[is_itself]] = -1
    count = best.shape[1]
    every = np.hstack([best, cosines])
    best[:] = np.partition(every, every.shape[1] - count, axis=1)[:, -count:]


def _unit(rows: Rows, positions: Numbers) -> Vectors:
    return unit_rows(rows[positions])


def _blocks(positions: Numbers) -> Iterator[Numbers]:
    for first in range(0, len(positions), _AT_ONCE):
        yield positions[first : first + _AT_ONCE]

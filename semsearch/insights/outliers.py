"""Find outliers: documents or passages that are far even from their nearest neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from semsearch.documents.passage import Location
from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError
from semsearch.insights.passage_matrix import (
    PassageMatrix,
    Steps,
    open_passage_matrix,
    silent,
)
from semsearch.insights.policy import DEFAULT_POLICY, OutlierPolicy
from semsearch.insights.sketches import centres_of, nearest_centres, sketches_of
from semsearch.settings.schema import Settings
from semsearch.store.record.vectors import StoredVectors, unit_rows

FEWEST: Final = 3  # documents; two are equally far from each other
NEIGHBOURS: Final = 5
# Three standard deviations below the median, estimated by the median absolute deviation (Leys and
# others, "Detecting outliers: do not use standard deviation around the mean, use absolute deviation
# around the median", 2013).
_DEVIATIONS: Final = 3.0
_NORMAL: Final = 1.4826
_USUAL: Final = 1_000  # rows in the median

Rows = Vectors | StoredVectors  # (n, dimension)
Numbers = npt.NDArray[np.int64]  # of rows


@dataclass(frozen=True, slots=True)
class Outlier:
    """An outlier; ``similarity`` is the mean cosine to its nearest neighbours.

    ``text`` is that of the passage, or of the document's first passage. ``location`` is None for a
    document.
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
    """Outliers: mean cosine to the nearest neighbours below ``threshold``, the lowest first.

    ``usual`` is the median of the mean cosines of all rows, or of 1,000 of them.
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
    """Find the documents, or with ``passages`` the passages, that are unlike all others.

    The measure is the mean cosine to the ``neighbours`` nearest others; a document has the mean of
    its passages' vectors. An outlier is three standard deviations (estimated by the median absolute
    deviation) below the median. Calls no embedder. Raises ``SemsearchError``: ``TooLittle`` with
    fewer than 3 documents.
    """
    if neighbours < 1:
        raise SettingsError("the number of neighbours must be 1 or more")
    with open_passage_matrix(index, settings=settings, documents=FEWEST, steps=steps) as matrix:
        rows = matrix.stored if passages else matrix.document_vectors()
        count = max(1, min(neighbours, len(rows) - 1))
        usual, threshold = _usual(rows, count)
        lonely = lonely_rows(rows, count, threshold, steps or silent)
        return Outliers(
            index=matrix.snapshot.directory.path,
            generation=matrix.snapshot.generation.number,
            embedder=matrix.embedder,
            neighbours=count,
            usual=usual,
            threshold=threshold,
            found=tuple(_described(matrix, lonely, passages)),
            notices=matrix.notices,
        )


def _described(
    matrix: PassageMatrix, lonely: list[tuple[int, float]], passages: bool
) -> Iterator[Outlier]:
    """An outlier for each row, with the first passage of its text or document."""
    rows_of = matrix.vector_of if passages else matrix.document_of
    row_of, positions = np.unique(rows_of, return_index=True)
    first = positions[np.searchsorted(row_of, [row for row, _ in lonely])].tolist()
    found = dict(matrix.passages(first))
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
    """The median of the mean cosines to the nearest neighbours, and the outlier threshold."""
    asked = np.arange(0, len(rows), -(-len(rows) // _USUAL))
    best = np.full((len(asked), count), -1, dtype=np.float32)
    for others in _blocks(np.arange(len(rows)), DEFAULT_POLICY.outliers.block):
        _improve(best, rows, asked, others)
    means = best.mean(axis=1)
    median = float(np.median(means))
    deviation = _NORMAL * float(np.median(np.abs(means - median)))
    return median, median - _DEVIATIONS * deviation


def lonely_rows(
    rows: Rows,
    count: int,
    threshold: float,
    steps: Steps,
    policy: OutlierPolicy = DEFAULT_POLICY.outliers,
) -> list[tuple[int, float]]:
    """(row, mean cosine to its ``count`` nearest) of rows below a threshold, the lowest first.

    Most rows have near neighbours in their cell, and are never compared with all others.
    """
    left = np.arange(len(rows))
    if len(rows) > policy.cells_from:
        left = _lonely_in_cells(rows, count, threshold, steps, policy)
    best = np.full((len(left), count), -1, dtype=np.float32)
    for others in _blocks(np.arange(len(rows)), policy.block):
        steps("comparing", int(others[0]), len(rows))
        for some in _blocks(np.arange(len(left)), policy.block):
            part = best[some]
            _improve(part, rows, left[some], others)
            best[some] = part
        is_lonely = best.mean(axis=1) < threshold  # the mean can only grow with more others
        left, best = left[is_lonely], best[is_lonely]
    steps("comparing", len(rows), len(rows))
    means = best.mean(axis=1)
    order = np.argsort(means, kind="stable")
    return list(zip(left[order].tolist(), means[order].tolist(), strict=True))


def _lonely_in_cells(
    rows: Rows, count: int, threshold: float, steps: Steps, policy: OutlierPolicy
) -> Numbers:
    """The rows that are below the threshold when compared with the rows of their cell only."""
    sketches = sketches_of(rows, policy.sketches)
    centres = centres_of(sketches, policy.sketches)
    own, _ = nearest_centres(sketches, centres)
    order = np.argsort(own, kind="stable")
    cells = np.split(order, np.flatnonzero(np.diff(own[order])) + 1)
    left = []
    for number, cell in enumerate(cells):
        steps("comparing within cells", number, len(cells))
        for some in _blocks(cell, policy.block):
            best = np.full((len(some), count), -1, dtype=np.float32)
            _improve(best, rows, some, cell)
            left.append(some[best.mean(axis=1) < threshold])
    return np.sort(np.concatenate(left))


def _improve(best: Vectors, rows: Rows, asked: Numbers, others: Numbers) -> None:
    """Update ``best`` (asked, count), the greatest cosines so far, with those to ``others``.

    ``others`` are ascending. The cosine of a row to itself is left out.
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


def _blocks(positions: Numbers, size: int) -> Iterator[Numbers]:
    for first in range(0, len(positions), size):
        yield positions[first : first + size]

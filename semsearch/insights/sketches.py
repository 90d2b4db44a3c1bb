"""Vectors in short, and cells that near ones share.

A *sketch* of a unit row x is (Px, |x − Px|) for a projection P on a few dimensions, here those that
tell most of a sample apart: again a unit row.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.insights.passage_matrix import BATCH
from semsearch.store.record.vectors import StoredVectors, unit_rows

_DIMENSIONS: Final = 64  # of a sketch, and one for what it leaves out
_SAMPLE: Final = 20_000  # rows that dimensions and centres are learned from
_SMALL: Final = 500  # rows that are one cell
_CELL: Final = 0.5  # of the root of the number of rows is how many are in a cell
_ROUNDS: Final = 5  # of k-means
_SEED: Final = 1


def sketches_of(stored: StoredVectors | Vectors) -> Vectors:
    """(texts, dimensions + 1) float32 unit rows."""
    every = -(-len(stored) // _SAMPLE)
    sample = unit_rows(stored[::every])
    _, directions = np.linalg.eigh(sample.T @ sample)
    basis = directions[:, ::-1][:, :_DIMENSIONS]
    found = np.empty((len(stored), basis.shape[1] + 1), dtype=np.float32)
    for first in range(0, len(stored), BATCH):
        rows = unit_rows(stored[first : first + BATCH])
        here = found[first : first + BATCH]
        here[:, :-1] = rows @ basis
        left = 1 - np.einsum("ij,ij->i", here[:, :-1], here[:, :-1])
        here[:, -1] = np.sqrt(np.maximum(left, 0))
    return found


def centres_of(sketches: Vectors) -> Vectors:
    """(cells, dimensions) of k-means over a sample; how good they are decides the time alone."""
    random = np.random.default_rng(_SEED)
    cells = max(1, round(len(sketches) ** 0.5 / _CELL)) if len(sketches) > _SMALL else 1
    size = min(len(sketches), max(_SAMPLE, 10 * cells))
    sample = sketches[random.choice(len(sketches), size, replace=False)]
    centres = sample[:cells].copy()
    for _ in range(_ROUNDS):
        own, _ = nearest_centres(sample, centres)
        order = np.argsort(own, kind="stable")
        filled, begins, counts = np.unique(own[order], return_index=True, return_counts=True)
        centres[filled] = np.add.reduceat(sample[order], begins, axis=0) / counts[:, None]
    return centres


def nearest_centres(
    sketches: Vectors, centres: Vectors
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The nearest centre of each row, and the square of its distance less 1."""
    own = np.empty(len(sketches), dtype=np.int64)
    squares = np.empty(len(sketches), dtype=np.float32)
    lengths = np.einsum("ij,ij->i", centres, centres)
    for first in range(0, len(sketches), BATCH):
        found = lengths - 2 * (sketches[first : first + BATCH] @ centres.T)
        nearest = found.argmin(axis=1)
        own[first : first + BATCH] = nearest
        squares[first : first + BATCH] = found[np.arange(len(found)), nearest]
    return own, squares

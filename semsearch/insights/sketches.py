"""Sketches: low-dimensional versions of vectors, and cells of near sketches.

The sketch of a unit row x is (Px, |x − Px|), again a unit row, where P projects on the directions
of greatest variation in a sample.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.vectors import Vectors
from semsearch.insights.passage_matrix import BATCH
from semsearch.insights.policy import SketchPolicy
from semsearch.store.record.vectors import StoredVectors, unit_rows

_DIMENSIONS: Final = 64  # of a sketch, and one more for the length of the remainder
_CELL: Final = 0.5  # mean size of a cell, as a share of the root of the number of rows
_ROUNDS: Final = 5  # of k-means
_SEED: Final = 1


def sketches_of(stored: StoredVectors | Vectors, policy: SketchPolicy) -> Vectors:
    """The sketches (texts, dimensions + 1) of vectors, float32 unit rows."""
    every = -(-len(stored) // policy.sample)
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


def centres_of(sketches: Vectors, policy: SketchPolicy) -> Vectors:
    """Centres (cells, dimensions) by k-means on a sample; their quality affects only the speed."""
    random = np.random.default_rng(_SEED)
    is_single = len(sketches) <= policy.single_cell
    cells = 1 if is_single else max(1, round(len(sketches) ** 0.5 / _CELL))
    size = min(len(sketches), max(policy.sample, 10 * cells))
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
    """The nearest centre of each row, and the square of its distance minus 1."""
    own = np.empty(len(sketches), dtype=np.int64)
    squares = np.empty(len(sketches), dtype=np.float32)
    lengths = np.einsum("ij,ij->i", centres, centres)
    for first in range(0, len(sketches), BATCH):
        found = lengths - 2 * (sketches[first : first + BATCH] @ centres.T)
        nearest = found.argmin(axis=1)
        own[first : first + BATCH] = nearest
        squares[first : first + BATCH] = found[np.arange(len(found)), nearest]
    return own, squares

"""Group vectors by chains of near pairs (single linkage), without comparing all pairs.

Exact up to float32 rounding. Two bounds exclude pairs that cannot be near:

- By Cauchy–Schwarz the cosine of two rows is at most that of their sketches (``sketches``).
- Each sketch is in the cell of its nearest centre. A row is at least as far from another cell as
  from the hyperplane between the two centres, and a line between the cells crosses that hyperplane
  (generalised hyperplanes: Uhlmann, "Satisfying general proximity/similarity queries with metric
  trees", 1991). So of two rows at distance r or less, one is within r / 2 of the other's cell: the
  rows of a cell are compared with each other and with rows of other cells within that distance.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.vectors import Vectors
from semsearch.insights.components import Links
from semsearch.insights.passage_matrix import BATCH, PassageMatrix, Positions, Steps
from semsearch.insights.policy import DEFAULT_POLICY, PairPolicy
from semsearch.insights.sketches import centres_of, nearest_centres, sketches_of
from semsearch.store.record.vectors import unit_rows

_CELLS: Final = 32  # whose near rows are searched at once
_SLACK: Final = 1e-4  # for rounding errors in a bound


def linked_labels(
    matrix: PassageMatrix,
    least: float,
    steps: Steps,
    *,
    apart: Positions | None = None,
    policy: PairPolicy = DEFAULT_POLICY.pairs,
) -> Positions:
    """The component (texts,) of each text: the first row that a chain of pairs links it with.

    Pairs have a cosine of ``least`` or more. Rows with equal numbers in ``apart`` (texts,), zero
    or more, are not linked directly.
    """
    rows = len(matrix.stored)
    links = Links(rows)
    if rows > 1:
        _compare_all(_Comparison(matrix, least, links, apart, policy), steps)
    return links.labels(np.arange(rows, dtype=np.int32))


class _Comparison:
    """Compares blocks of rows, first by their sketches, then by their vectors."""

    def __init__(
        self,
        matrix: PassageMatrix,
        least: float,
        links: Links,
        apart: Positions | None,
        policy: PairPolicy,
    ) -> None:
        self.least = least
        self._apart = apart
        self._stored = matrix.stored
        self._links = links
        self.policy = policy
        self.sketches = sketches_of(matrix.stored, policy.sketches)

    def link(self, rows: Positions, columns: Positions, *, is_same: bool = False) -> None:
        """Link the near pairs between rows and columns; with ``is_same`` both are equal."""
        height, width = self.policy.rows, self.policy.columns
        for first in range(0, len(rows), height):
            some = rows[first : first + height]
            for start in range(first if is_same else 0, len(columns), width):
                self._link(some, columns[start : start + width])

    def _link(self, rows: Positions, columns: Positions) -> None:
        for some, others in self._not_linked(rows, columns):
            is_near = self.sketches[some] @ self.sketches[others].T >= self.least - _SLACK
            left, right = np.divmod(np.flatnonzero(is_near), len(others))
            if len(left):
                self._verify(some[left], others[right])

    def _not_linked(
        self, rows: Positions, columns: Positions
    ) -> Iterator[tuple[Positions, Positions]]:
        """Leave out the pairs within the most frequent component, if they are many.

        So a large group of near-equal rows is not compared pair by pair.
        """
        labels, others = self._links.labels(rows), self._links.labels(columns)
        values, counts = np.unique(labels, return_counts=True)
        is_most, is_most_too = labels == values[counts.argmax()], others == values[counts.argmax()]
        if counts.max() * is_most_too.sum() * 4 < len(rows) * len(columns):
            yield rows, columns
            return
        yield rows[is_most], columns[~is_most_too]
        yield rows[~is_most], columns

    def _verify(self, one: Positions, other: Positions) -> None:
        """Link the pairs whose exact cosine is large enough.

        The first pair of each row comes first, so that in a group of near-equal rows most other
        pairs are linked already when their turn comes.
        """
        begins = np.flatnonzero(np.diff(one, prepend=-1))
        rank = np.arange(len(one)) - np.repeat(begins, np.diff(begins, append=len(one)))
        order = np.argsort(rank, kind="stable")
        one, other = one[order], other[order]
        count = len(begins)
        while len(one):
            is_open = self._links.labels(one) != self._links.labels(other)
            if self._apart is not None:
                is_open &= (self._apart[one] != self._apart[other]) | (self._apart[one] < 0)
            one, other = one[is_open], other[is_open]
            self._link_near(one[:count], other[:count])
            one, other = one[count:], other[count:]
            count = min(2 * count, self.policy.pairs)

    def _link_near(self, one: Positions, other: Positions) -> None:
        vectors, others = unit_rows(self._stored[one]), unit_rows(self._stored[other])
        is_near = np.einsum("ij,ij->i", vectors, others) >= self.least
        self._links.link(one[is_near], other[is_near])


def _compare_all(comparison: _Comparison, steps: Steps) -> None:
    sketches = comparison.sketches
    centres = centres_of(sketches, comparison.policy.sketches)
    own, squares = nearest_centres(sketches, centres)
    order = np.argsort(own, kind="stable").astype(np.int32)
    begins = np.searchsorted(own[order], np.arange(len(centres) + 1))
    for first in range(0, len(centres), _CELLS):
        steps("comparing", first, len(centres))
        cells = np.arange(first, min(first + _CELLS, len(centres)))
        visitors = _visitors(sketches, centres, own, squares, cells, comparison.least)
        for cell, near in zip(cells, visitors, strict=True):
            residents = order[begins[cell] : begins[cell + 1]]
            comparison.link(residents, residents, is_same=True)
            comparison.link(residents, near)
    steps("comparing", len(centres), len(centres))


def _visitors(
    sketches: Vectors,
    centres: Vectors,
    own: npt.NDArray[np.int64],
    squares: npt.NDArray[np.float32],
    cells: npt.NDArray[np.int64],
    least: float,
) -> list[Positions]:
    """For each of ``cells`` the rows of other cells that are near enough to be compared."""
    half = np.sqrt(2 - 2 * least) / 2 + _SLACK
    lengths = np.einsum("ij,ij->i", centres, centres)
    between = lengths[:, None] + lengths[cells] - 2 * centres @ centres[cells].T
    # A row's distance to the hyperplane between two centres is the difference of the squares of its
    # distances to them, divided by twice the distance between them.
    most = (2 * half * np.sqrt(np.maximum(between, _SLACK**2))).astype(np.float32)
    found: list[list[Positions]] = [[] for _ in cells]
    for first in range(0, len(sketches), BATCH):
        here = slice(first, first + BATCH)
        farther = lengths[cells] - 2 * (sketches[here] @ centres[cells].T)
        farther -= squares[here, None]
        is_near = (farther <= most[own[here]]) & (own[here, None] != cells)
        for column, near in enumerate(is_near.T):
            found[column].append((first + np.flatnonzero(near)).astype(np.int32))
    return [np.concatenate(near) for near in found]

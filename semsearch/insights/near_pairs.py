"""Which vectors are alike: all that a chain of pairs of some cosine links, without all pairs.

Exact, but for the rounding of float32. Two bounds leave out what cannot be alike:

- By Cauchy and Schwarz the cosine of two rows is at most that of their sketches (``sketches``).
- Sketches are put into the cell of their nearest centre. A row is as far from another cell as from
  the plane between the two centres, and a line from one cell to the other crosses that plane
  (generalised hyperplanes: Uhlmann, "Satisfying general proximity/similarity queries with metric
  trees", 1991). So of two rows that are at most r apart, one is at most r / 2 from the other's
  cell: each cell's rows are compared with each other and with those that are that near.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.insights.components import Links
from semsearch.insights.passage_matrix import BATCH, Material, Positions, Steps
from semsearch.insights.sketches import centres_of, nearest_centres, sketches_of
from semsearch.store.record.vectors import unit_rows

_ROWS: Final = 512  # that are compared at once with
_COLUMNS: Final = 4_096  # as many
_CELLS: Final = 32  # that visitors are looked for at once
_PAIRS: Final = 10_000  # whose cosines are computed at once
_SLACK: Final = 1e-4  # what rounding may add to a bound


def linked(
    material: Material, least: float, steps: Steps, *, apart: Positions | None = None
) -> Positions:
    """The label (texts,) of each text's vector: the first row that a chain links it with.

    A chain is of pairs whose cosine is ``least`` or more. ``apart`` (texts,) says that rows with
    the same number make no pair; any two with a number below zero may.
    """
    rows = len(material.stored)
    links = Links(rows)
    if rows > 1:
        _compare_all(_Comparison(material, least, links, apart), steps)
    return links.labels(np.arange(rows, dtype=np.int32))


class _Comparison:
    """Some rows compared with others, by their sketches first."""

    def __init__(
        self, material: Material, least: float, links: Links, apart: Positions | None
    ) -> None:
        self.least = least
        self._apart = apart
        self._stored = material.stored
        self._links = links
        self.sketches = sketches_of(material.stored)

    def link(self, rows: Positions, columns: Positions, *, is_same: bool = False) -> None:
        """Link what is alike; with ``is_same`` both are the same rows."""
        for first in range(0, len(rows), _ROWS):
            some = rows[first : first + _ROWS]
            for start in range(first if is_same else 0, len(columns), _COLUMNS):
                self._link(some, columns[start : start + _COLUMNS])

    def _link(self, rows: Positions, columns: Positions) -> None:
        for some, others in self._not_linked(rows, columns):
            is_near = self.sketches[some] @ self.sketches[others].T >= self.least - _SLACK
            left, right = np.divmod(np.flatnonzero(is_near), len(others))
            if len(left):
                self._verify(some[left], others[right])

    def _not_linked(
        self, rows: Positions, columns: Positions
    ) -> Iterator[tuple[Positions, Positions]]:
        """The same without the pairs of the label that most rows have, where these are many.

        So rows that are all alike cost no comparison of each with each.
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
        """Link those pairs whose vectors' cosine is large enough.

        The pairs of a row stand together. The first of each is looked at first, so that among rows
        that are all alike few are left.
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
            count = min(2 * count, _PAIRS)

    def _link_near(self, one: Positions, other: Positions) -> None:
        vectors, others = unit_rows(self._stored[one]), unit_rows(self._stored[other])
        is_near = np.einsum("ij,ij->i", vectors, others) >= self.least
        self._links.link(one[is_near], other[is_near])


def _compare_all(comparison: _Comparison, steps: Steps) -> None:
    sketches = comparison.sketches
    centres = centres_of(sketches)
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
    """For each of ``cells`` the rows of others that are so near that they are to be compared."""
    half = np.sqrt(2 - 2 * least) / 2 + _SLACK
    lengths = np.einsum("ij,ij->i", centres, centres)
    between = lengths[:, None] + lengths[cells] - 2 * centres @ centres[cells].T
    # A row's distance to the plane between two centres is the difference of the squares of its
    # distances to them over twice the distance between them.
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

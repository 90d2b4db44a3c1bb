"""Which of the new clusters is which of the old ones; pure."""

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.insights.sklearn_door import pairs_of_most


def matched(old: Vectors, new: Vectors) -> dict[int, int]:
    """The old row that each new one goes on from, by positions; centres are unit rows.

    Pairs are chosen so that their cosines add up to most. Of these, one whose distance (1 − cosine)
    is more than half of that from the old centre to the next old one is none: what is usual differs
    from embedder to embedder.
    """
    if len(old) < 2 or old.shape[1] != new.shape[1]:
        return {}
    apart = 1 - old @ old.T
    np.fill_diagonal(apart, np.inf)
    cosines = (new @ old.T).astype(float)
    return {
        row: column
        for row, column in pairs_of_most(cosines)
        if 1 - cosines[row, column] <= apart[column].min() / 2
    }


def numbered(count: int, kept: dict[int, int]) -> list[int]:
    """A number, from 1, for each of ``count`` clusters: that which is ``kept``, else a free one.

    >>> numbered(4, {0: 3, 2: 1})
    [3, 2, 1, 4]
    """
    taken = set(kept.values())
    free = (number for number in range(1, count + len(taken) + 1) if number not in taken)
    return [kept[row] if row in kept else next(free) for row in range(count)]

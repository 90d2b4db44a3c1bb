"""Match new clusters to old ones, so that a cluster keeps its number and name. No I/O."""

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.insights.sklearn_door import pairs_of_most


def match_clusters(old: Vectors, new: Vectors) -> dict[int, int]:
    """Row numbers of new centres → row numbers of the old centres that they continue.

    Centres are unit rows. Pairs are assigned so that the sum of their cosines is greatest. A pair
    whose distance (1 − cosine) is more than half of the distance from the old centre to its nearest
    old neighbour is dropped; the threshold is relative, as usual distances differ by embedder.
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


def cluster_numbers(count: int, kept: dict[int, int]) -> list[int]:
    """A number, from 1, for each of ``count`` clusters: its ``kept`` number, else a free one.

    >>> cluster_numbers(4, {0: 3, 2: 1})
    [3, 2, 1, 4]
    """
    taken = set(kept.values())
    free = (number for number in range(1, count + len(taken) + 1) if number not in taken)
    return [kept[row] if row in kept else next(free) for row in range(count)]

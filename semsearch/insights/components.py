"""Connected components of a graph whose edges come in batches (union–find)."""

import numpy as np

from semsearch.insights.passage_matrix import Positions


class Links:
    """Nodes 0 … count − 1; the label of a node is the smallest node of its component."""

    def __init__(self, count: int) -> None:
        self._above = np.arange(count, dtype=np.int32)

    def labels(self, nodes: Positions) -> Positions:
        """The labels of some nodes."""
        found = self._above[nodes]
        while not np.array_equal(above := self._above[found], found):
            found = above
        self._above[nodes] = found
        return found

    def link(self, one: Positions, other: Positions) -> None:
        """Add an edge from each node in ``one`` to the node at its position in ``other``."""
        while len(one):
            one, other = self.labels(one), self.labels(other)
            is_apart = one != other
            one, other = one[is_apart], other[is_apart]
            # Of several pairs with a label numpy writes one; the next round repeats the others.
            self._above[np.maximum(one, other)] = np.minimum(one, other)

"""What is linked with what, by way of others."""

import numpy as np

from semsearch.insights.passage_matrix import Positions


class Links:
    """Things known by their numbers; those that are linked have the same label: the first one."""

    def __init__(self, count: int) -> None:
        self._above = np.arange(count, dtype=np.int32)

    def labels(self, things: Positions) -> Positions:
        """The labels of some."""
        found = self._above[things]
        while not np.array_equal(above := self._above[found], found):
            found = above
        self._above[things] = found
        return found

    def link(self, one: Positions, other: Positions) -> None:
        """Link each of ``one`` with that of ``other``."""
        while len(one):
            one, other = self.labels(one), self.labels(other)
            is_apart = one != other
            one, other = one[is_apart], other[is_apart]
            # Where a label is in several pairs, one of them counts; the others come again.
            self._above[np.maximum(one, other)] = np.minimum(one, other)

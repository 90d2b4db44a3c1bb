"""Arrays of text ids, and operations on ascending ones."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from semsearch.embedders.lazy_numpy import np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]  # (n,)
else:
    Ids = Any  # see lazy_numpy


def no_ids() -> Ids:
    """An array of no ids."""
    return np.empty(0, dtype=np.int64)


def changed(ids: Ids, removed: Ids, added: Ids) -> Ids:
    """Ids without ``removed`` and with ``added``, all ascending and without repetition.

    Faster than sorting when few ids change.
    """
    gone = removed[is_among(removed, ids)]
    kept = np.delete(ids, np.searchsorted(ids, gone))
    new = added[~is_among(added, kept)]
    return np.insert(kept, np.searchsorted(kept, new), new)


def ascending(ids: Ids) -> Ids:
    """The ids ascending, without repetition."""
    ids = np.sort(ids)
    is_first = np.ones(len(ids), dtype=bool)
    is_first[1:] = ids[1:] != ids[:-1]
    return ids[is_first]


def is_among(some: Ids, ids: Ids) -> "npt.NDArray[np.bool_]":
    """For each of ``some`` ids, whether it is in ``ids``, which ascend."""
    if not len(ids):
        return np.zeros(some.shape, dtype=bool)
    at = np.minimum(np.searchsorted(ids, some), len(ids) - 1)
    found: npt.NDArray[np.bool_] = ids[at] == some
    return found


_NEAR: Final = 1 << 26  # ids that are marked in an array, of 64 MB at most


class IdSet:
    """A growing set of ids, in a byte for each id up to the largest: a set of int takes sixty.

    Ids beyond 67 million, which only a damaged record has, are in a set of int.
    """

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._marks = bytearray()
        self._count = 0
        self._far: set[int] = set()
        self.update(ids)

    def add(self, one: int) -> bool:
        """Add an id; False when it was there."""
        if not 0 <= one < _NEAR:
            is_new = one not in self._far
            self._far.add(one)
        else:
            if one >= len(self._marks):
                size = min(_NEAR, max(one + 1, 2 * len(self._marks)))
                self._marks.extend(bytes(size - len(self._marks)))
            is_new = not self._marks[one]
            self._marks[one] = 1
        self._count += is_new
        return is_new

    def update(self, ids: Iterable[int]) -> None:
        """Add each of some ids."""
        for one in ids:
            self.add(one)

    def __len__(self) -> int:
        return self._count

    def ids(self) -> Ids:
        """The ids, ascending."""
        near: Ids = np.flatnonzero(np.frombuffer(self._marks, dtype=np.uint8)).astype(np.int64)
        if not self._far:
            return near
        return np.sort(np.concatenate([near, np.fromiter(self._far, dtype=np.int64)]))

    def has(self, ids: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some ids, whether it is in the set."""
        marks = np.frombuffer(self._marks, dtype=np.bool_)
        found: npt.NDArray[np.bool_] = (ids >= 0) & (ids < len(marks))
        found[found] = marks[ids[found]]
        if self._far:
            found |= np.isin(ids, np.fromiter(self._far, dtype=np.int64))
        return found

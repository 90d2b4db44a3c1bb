"""Arrays of text ids, and operations on ascending ones."""

from typing import TYPE_CHECKING, Any

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

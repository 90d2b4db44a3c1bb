"""The ids of texts in the record, as arrays."""

from typing import Final

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]  # (n,)
NO_IDS: Final[Ids] = np.empty(0, dtype=np.int64)


def changed(ids: Ids, removed: Ids, added: Ids) -> Ids:
    """Ascending ids without some and with others, which ascend, too; one that is there stays one.

    A few are looked up among many, which sorts nothing.
    """
    gone = removed[is_among(removed, ids)]
    kept = np.delete(ids, np.searchsorted(ids, gone))
    new = added[~is_among(added, kept)]
    return np.insert(kept, np.searchsorted(kept, new), new)


def ascending(ids: Ids) -> Ids:
    """The ids in their order, each once."""
    ids = np.sort(ids)
    is_first = np.ones(len(ids), dtype=bool)
    is_first[1:] = ids[1:] != ids[:-1]
    return ids[is_first]


def is_among(some: Ids, ids: Ids) -> npt.NDArray[np.bool_]:
    """Of each of ``some``, whether it is one of the ids, which ascend."""
    if not len(ids):
        return np.zeros(some.shape, dtype=bool)
    at = np.minimum(np.searchsorted(ids, some), len(ids) - 1)
    found: npt.NDArray[np.bool_] = ids[at] == some
    return found

"""Ascending ids are changed as sets are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.store.disk.ids import changed

IDS = st.sets(st.integers(0, 40)).map(lambda ids: np.array(sorted(ids), dtype=np.int64))


@given(IDS, IDS, IDS)
def test_ids_are_changed_as_sets_are(
    ids: "np.typing.NDArray[np.int64]",
    removed: "np.typing.NDArray[np.int64]",
    added: "np.typing.NDArray[np.int64]",
) -> None:
    """``changed`` equals set difference and union, in ascending order."""
    expected = sorted((set(ids.tolist()) - set(removed.tolist())) | set(added.tolist()))
    assert changed(ids, removed, added).tolist() == expected

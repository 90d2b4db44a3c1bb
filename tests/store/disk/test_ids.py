"""Ascending ids are changed as sets are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.store.disk.ids import IdSet, changed

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


@given(st.lists(st.one_of(st.integers(0, 40), st.just(2**60))), IDS)
def test_a_set_of_ids_is_a_set(ids: list[int], asked: "np.typing.NDArray[np.int64]") -> None:
    """It has each id once, tells which are new, and which of others it has."""
    found, plain = IdSet(), set[int]()
    for one in ids:
        assert found.add(one) is (one not in plain)
        plain.add(one)
    assert (len(found), found.ids().tolist()) == (len(plain), sorted(plain))
    assert found.has(asked).tolist() == [one in plain for one in asked.tolist()]

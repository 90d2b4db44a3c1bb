"""Documents that share most of their passages."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.insights.overlaps import Overlap, overlapping

Documents = list[list[int]]  # the labels of each one's passages


def found(documents: Documents, least: float) -> list[tuple[Overlap, ...]]:
    """The groups of some documents."""
    pairs = [(at, label) for at, labels in enumerate(documents) for label in labels]
    document_of, labels = np.array(pairs, dtype=np.int32).T
    return list(overlapping(document_of, labels, least))


def test_the_share_is_of_each_ones_own_passages() -> None:
    """A part is wholly in the larger document, which has a third of it."""
    assert found([[1, 2, 3, 4, 5, 6], [2, 3], [7]], 0.5) == [
        (Overlap(0, 1, 1 / 3), Overlap(1, 0, 1.0))
    ]
    assert found([[1, 2, 3], [3, 4, 5]], 0.5) == []


def test_copies_of_one_document_are_one_group() -> None:
    """Copies are one group, and each names the first other copy."""
    copies = found([[1, 2]] * 300 + [[1, 3]], 0.5)
    assert len(copies) == 1
    assert copies[0][:2] == (Overlap(0, 1, 1.0), Overlap(1, 0, 1.0))
    assert copies[0][-1] == Overlap(300, 0, 0.5)


def share(one: list[int], other: list[int]) -> float:
    """The share of a document's passages that is in another."""
    return sum(label in other for label in one) / len(one)


@given(
    st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=6), min_size=2, max_size=8),
    st.sampled_from([0.01, 0.3, 0.5, 1.0]),
)
def test_no_pair_is_missed(documents: Documents, least: float) -> None:
    """The groups equal those of comparing all pairs."""
    near = [set[int]([at]) for at in range(len(documents))]
    for one, other in permutations(range(len(documents)), 2):
        if share(documents[one], documents[other]) >= least:
            together = near[one] | near[other]
            for at in together:
                near[at] = together
    expected = {tuple(sorted(group)) for group in near if len(group) > 1}
    groups = found(documents, least)
    assert {tuple(overlap.document for overlap in group) for group in groups} == expected
    for overlap in (overlap for group in groups for overlap in group):
        shares = {
            other: share(documents[overlap.document], documents[other])
            for other in range(len(documents))
            if other != overlap.document
        }
        assert overlap.share == max(shares.values()) == shares[overlap.other]

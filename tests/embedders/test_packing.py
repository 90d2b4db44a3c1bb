"""Texts → batches."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from semsearch.embedders.packing import Limits, packed

COUNTS = st.lists(st.integers(1, 50), max_size=60)


@given(COUNTS, st.integers(1, 9), st.integers(1, 100))
def test_every_text_is_in_one_batch_in_order(counts: list[int], inputs: int, tokens: int) -> None:
    """Packing loses nothing, repeats nothing and keeps the order."""
    batches = list(packed(counts, Limits(inputs, tokens)))
    assert [position for batch in batches for position in batch] == list(range(len(counts)))


@given(COUNTS, st.integers(1, 9), st.integers(1, 100))
def test_no_batch_is_above_a_limit(counts: list[int], inputs: int, tokens: int) -> None:
    """Only a text that is too long by itself makes a batch too long."""
    for batch in packed(counts, Limits(inputs, tokens)):
        assert len(batch) <= inputs
        assert sum(counts[p] for p in batch) <= tokens or len(batch) == 1


@given(COUNTS, st.integers(1, 9), st.integers(1, 100))
def test_the_next_text_would_not_have_fitted(counts: list[int], inputs: int, tokens: int) -> None:
    """Each batch is as full as the order allows."""
    batches = list(packed(counts, Limits(inputs, tokens)))
    for batch, after in pairwise(batches):
        total = sum(counts[p] for p in batch) + counts[after[0]]
        assert len(batch) == inputs or total > tokens

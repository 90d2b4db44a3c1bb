"""What ``scripts/bench/embedding`` measures with is what it says."""

from hypothesis import given
from hypothesis import strategies as st

from embedding_parts.packing import MAX_INPUTS, MAX_TOKENS, fewest_requests, packs
from embedding_parts.passages import passages, short_passages


@given(st.lists(st.integers(3, 8192), min_size=1, max_size=600))
def test_the_best_packing_keeps_to_the_limits(tokens: list[int]) -> None:
    """Each text is packed once, and no packing can need less than is said."""
    made = packs(tokens)
    assert sorted(position for pack in made for position in pack) == list(range(len(tokens)))
    assert all(len(pack) <= MAX_INPUTS for pack in made)
    assert all(sum(tokens[position] for position in pack) <= MAX_TOKENS for pack in made)
    assert fewest_requests(tokens) <= len(made) <= fewest_requests(tokens) * 3


def test_passages_are_the_same_in_each_run_and_no_two_alike() -> None:
    """Prose, code, Chinese and numbers are all among them."""
    texts = list(passages(300))
    assert texts == list(passages(300))
    assert len(set(texts)) == 300
    assert all(any(mark in text for text in texts) for mark in ("bees", "def ", "蜜蜂", ".50,"))
    assert len(set(short_passages(300))) == 300

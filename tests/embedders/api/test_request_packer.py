"""Packing of texts into requests, and learned limits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.embedders.api.request_packer import Item, LearnedLimit, Limits, Pool
from semsearch.embedders.token_counts import Expected

COUNTS = st.lists(st.integers(1, 50), max_size=60)


def pool_of(counts: list[int]) -> Pool:
    """A pool of texts with these token counts."""
    pool = Pool()
    pool.put(
        Item(str(position), [position], Expected(float(count), np.zeros(10)), 2 * count)
        for position, count in enumerate(counts)
    )
    return pool


def requests_of(counts: list[int], limits: Limits) -> list[list[int]]:
    """All requests that a pool gives."""
    pool, requests = pool_of(counts), []
    while items := pool.take(limits):
        requests.append([position for item in items for position in item.positions])
    assert (len(pool), round(pool.tokens)) == (0, 0)
    return requests


@given(COUNTS, st.integers(1, 9), st.integers(1, 100))
def test_every_text_is_in_one_request(counts: list[int], inputs: int, tokens: int) -> None:
    """Each text is packed into exactly one request."""
    requests = requests_of(counts, Limits(inputs, tokens))
    assert sorted(p for request in requests for p in request) == list(range(len(counts)))


@given(COUNTS, st.integers(1, 9), st.integers(1, 100))
def test_both_limits_hold(counts: list[int], inputs: int, tokens: int) -> None:
    """No request exceeds either limit, except a single text above the token limit."""
    for request in requests_of(counts, Limits(inputs, tokens)):
        assert len(request) <= inputs
        assert len(request) == 1 or sum(counts[p] for p in request) <= tokens


def test_what_a_long_text_leaves_is_filled() -> None:
    """Tokens left by a long text are filled with the largest text that fits."""
    assert requests_of([60, 50, 30, 10], Limits(9, 100)) == [[0, 2, 3], [1]]


@given(COUNTS, st.integers(0, 200))
def test_a_request_keeps_to_the_room_of_a_budget(counts: list[int], room: int) -> None:
    """The bounds of a request never exceed the budget's room; else it is empty."""
    items = pool_of(counts).take(Limits(9, 1000), room)
    assert sum(item.bound for item in items) <= room
    assert items or all(2 * count > room for count in counts)


@given(st.integers(1, 3000))
def test_a_limit_is_found_to_an_eighth(truth: int) -> None:
    """A limit is found to 1/8 within a dozen refusals, never below an accepted size."""
    limit = LearnedLimit(64, 2048)
    refusals = 0
    for _ in range(60):
        if limit.size <= truth:
            limit.taken(limit.size, was_full=True)
        else:
            refusals += 1
            limit.refused(limit.size)
    assert limit.size <= truth
    assert limit.size >= min(truth, 2048) * 0.85
    assert refusals <= 12


def test_a_limit_that_is_named_is_taken_at_its_word() -> None:
    """A limit stated by the server is used at once and kept."""
    limit = LearnedLimit(64, 2048)
    limit.refused(64, told=32)
    limit.taken(32, was_full=True)
    assert limit.size == 32

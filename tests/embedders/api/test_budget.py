"""Budgets hold, and prices are known or reported as unknown."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.embedders.api.budget import Budget
from semsearch.embedders.api.prices import price_of
from semsearch.errors import BudgetReached

CALLS = st.lists(
    st.tuples(st.integers(1, 50), st.floats(0, 1), st.sampled_from(["answer", "refuse", "lose"])),
    max_size=40,
)


@given(st.integers(0, 500), CALLS)
def test_a_budget_holds_whatever_the_server_counts(
    most: int, calls: list[tuple[int, float, str]]
) -> None:
    """No request is sent that could exceed the budget, lost answers included."""
    budget = Budget(most, "the budget")
    for bound, share, outcome in calls:
        if bound > budget.room:
            continue
        budget.reserve(bound)
        if outcome == "answer":
            budget.settle(bound, texts=1, tokens=int(share * bound))
        elif outcome == "refuse":
            budget.release(bound)
        else:
            with suppress(BudgetReached):
                budget.lose(bound)
            budget.release(bound)
        assert budget.spent.tokens + budget.spent.lost_tokens <= most


def test_what_is_reached_is_said_with_what_is_spent() -> None:
    """The error of a reached budget states the tokens spent and how to continue."""
    budget = Budget(100, "the budget of 0.50 USD")
    budget.reserve(60)
    budget.settle(60, texts=2, tokens=40)
    budget.reserve(30)
    budget.lose(30)
    assert str(budget.reached()) == (
        "the budget of 0.50 USD is reached: 40 tokens spent, and perhaps 30 more for answers"
        " that were lost, and the next text might go over it; what was embedded is kept, run the"
        " same command with a larger budget to go on"
    )


def test_without_a_budget_there_is_always_room() -> None:
    """Without a budget the room is infinite after any spending."""
    budget = Budget(None, "no budget")
    budget.reserve(10**12)
    budget.lose(10**12)
    assert budget.room == float("inf")


@pytest.mark.parametrize(
    ("uri", "own", "usd"),
    [
        ("mistral:mistral-embed", {}, 0.10),
        ("mistral:codestral-embed?dimension=64", {}, 0.15),
        ("mistral:mistral-embed", {"mistral:mistral-embed": 0.2}, 0.2),
        ("openai:m@http://localhost:1/v1", {"openai:m@http://localhost:1/v1": 0}, 0),
        ("openai:text-embedding-3-small", {}, None),
    ],
)
def test_prices_are_the_persons_then_the_published(
    uri: str, own: dict[str, float], usd: float | None
) -> None:
    """A price comes from the settings, else from the price list, else it is unknown."""
    price = price_of(uri, own)
    assert (None if price is None else price.usd) == usd


def test_what_a_sum_pays_for() -> None:
    """An amount buys whole tokens, and practically unlimited tokens of price 0."""
    price, free = price_of("mistral:mistral-embed", {}), price_of("x", {"x": 0.0})
    assert price is not None
    assert free is not None
    assert (price.of(2_000_000), price.tokens_for(0.5)) == (0.2, 5_000_000)
    assert free.tokens_for(0.01) > 10**12

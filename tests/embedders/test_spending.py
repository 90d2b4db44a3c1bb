"""What may be spent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.embedders.spending import Budget
from semsearch.errors import BudgetReached


@given(st.integers(0, 1000), st.lists(st.tuples(st.integers(1, 100), st.integers(0, 100))))
def test_the_budget_holds_whatever_the_server_counts(
    most: int, requests: list[tuple[int, int]]
) -> None:
    """As long as it counts no more than the bound that was reserved."""
    budget = Budget(most, "the budget")
    for bound, counted in requests:
        if bound <= budget.room:
            budget.reserve(bound)
            budget.settle(bound, texts=1, tokens=min(bound, counted))
    assert budget.spent.tokens <= most


def test_a_lost_answer_counts_as_the_most_that_it_may_have_cost() -> None:
    """It is asked again only when the budget allows for both."""
    budget = Budget(150, "the budget of 150 tokens")
    budget.reserve(100)
    with pytest.raises(BudgetReached, match=r"budget of 150 tokens is reached.*100 more for"):
        budget.lose(100)


def test_a_refusal_costs_nothing() -> None:
    """What was reserved for it is free again."""
    budget = Budget(100, "the budget")
    budget.reserve(100)
    budget.release(100)
    assert budget.room == 100

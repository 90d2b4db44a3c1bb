"""The metrics equal those of trec_eval, and the statistics hold."""

from collections.abc import Callable

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.evaluation.metrics import Grades, average_precision, ndcg, recall, reciprocal_rank
from semsearch.evaluation.statistics import chance_of_difference, mean_of

ITEMS = [f"d{number}" for number in range(30)]
OF_TREC_EVAL = {
    "nDCG": (ndcg, ir_measures.nDCG),
    "recall": (recall, ir_measures.R),
    "reciprocal rank": (reciprocal_rank, ir_measures.RR),
    "average precision": (average_precision, ir_measures.AP),
}


@pytest.mark.parametrize("name", OF_TREC_EVAL)
@given(
    items=st.lists(st.sampled_from(ITEMS), min_size=1, unique=True),
    grades=st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 3), min_size=1),
    k=st.sampled_from([1, 5, 10, 20]),
)
def test_a_figure_is_that_of_trec_eval(name: str, items: list[str], grades: Grades, k: int) -> None:
    """For any list and judgments each metric equals trec_eval's."""
    own, measure = OF_TREC_EVAL[name]
    judged = [ir_measures.Qrel("q", item, grade) for item, grade in grades.items()]
    run = [ir_measures.ScoredDoc("q", item, -float(rank)) for rank, item in enumerate(items)]
    expected = ir_measures.calc_aggregate([measure @ k], judged, run)[measure @ k]
    assert own(items, grades, k) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("figure", [ndcg, recall, reciprocal_rank, average_precision])
def test_nothing_relevant_gives_nothing(figure: Callable[..., float]) -> None:
    """Without relevant items each metric is 0."""
    assert figure(["a", "b"], {"a": 0}, 10) == 0.0


def test_the_interval_of_a_mean_is_the_normal_one() -> None:
    """For 400 values, half 0 and half 1, the interval is 0.5 ± 1.96 · 0.5 / √400."""
    mean = mean_of([0.0, 1.0] * 200)
    assert mean.value == 0.5
    assert mean.low == pytest.approx(0.451, abs=0.006)
    assert mean.high == pytest.approx(0.549, abs=0.006)


def test_a_difference_in_all_of_ten_questions_is_hardly_chance() -> None:
    """A difference in all of ten questions has p = 2 / 1,024."""
    assert chance_of_difference([1.0] * 10, [0.0] * 10) == pytest.approx(2 / 1024, abs=0.0015)


def test_equal_settings_do_not_differ() -> None:
    """Equal settings have p = 1."""
    assert chance_of_difference([0.3, 0.7], [0.3, 0.7]) == 1.0

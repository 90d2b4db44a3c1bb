"""Trials: search for judged questions and compute the metrics per question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from semsearch.evaluation.judgments import JudgedQuestion, item_of
from semsearch.evaluation.metrics import Grades, average_precision, ndcg, recall, reciprocal_rank
from semsearch.query.hits import Answer
from semsearch.query.options import SearchOptions
from semsearch.query.searcher import Searcher

DEPTH: Final = 10  # hits per question
FIGURES: Final[Mapping[str, Callable[[Sequence[str], Grades], float]]] = {
    f"nDCG@{DEPTH}": lambda items, grades: ndcg(items, grades, DEPTH),
    "recall@5": lambda items, grades: recall(items, grades, 5),
    f"recall@{DEPTH}": lambda items, grades: recall(items, grades, DEPTH),
    f"MRR@{DEPTH}": lambda items, grades: reciprocal_rank(items, grades, DEPTH),
    f"MAP@{DEPTH}": lambda items, grades: average_precision(items, grades, DEPTH),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """Metrics of a setting by name, with a value per question, in order."""

    figures: Mapping[str, Sequence[float]] = field(repr=False)


def run_trial(
    searcher: Searcher, questions: Sequence[JudgedQuestion], wanted: SearchOptions
) -> Trial:
    """Search for all questions and compare the first ten hits of each with its judgments."""
    answers = searcher.answers([question.text for question in questions], wanted)
    ranked = [
        items_of(answer, question) for question, answer in zip(questions, answers, strict=True)
    ]
    return scored(ranked, questions)


def scored(ranked: Sequence[Sequence[str]], questions: Sequence[JudgedQuestion]) -> Trial:
    """Return the metrics of ranked items, a list for each question."""
    return Trial(
        {
            name: [
                figure(items, question.grades)
                for items, question in zip(ranked, questions, strict=True)
            ]
            for name, figure in FIGURES.items()
        }
    )


def items_of(answer: Answer, question: JudgedQuestion) -> list[str]:
    """Return the ranked items of an answer, each once.

    A second hit of an item keeps its rank, because a person reads it too, but counts as not
    relevant.
    """
    items: dict[str, None] = {}
    for hit in answer.hits:
        item = item_of(hit.location, question)
        items[item if item not in items else f"{item} again, rank {hit.rank}"] = None
    return list(items)

"""Questions put to an index as a person would put them → a figure for each question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from semsearch.evaluation.judgments import JudgedQuestion, item_of
from semsearch.evaluation.metrics import Grades, average_precision, ndcg, recall, reciprocal_rank
from semsearch.query.hits import Answer
from semsearch.query.options import SearchOptions
from semsearch.query.searcher import Searcher

DEPTH: Final = 10  # hits that are looked at
FIGURES: Final[Mapping[str, Callable[[Sequence[str], Grades], float]]] = {
    f"nDCG@{DEPTH}": lambda items, grades: ndcg(items, grades, DEPTH),
    "recall@5": lambda items, grades: recall(items, grades, 5),
    f"recall@{DEPTH}": lambda items, grades: recall(items, grades, DEPTH),
    f"MRR@{DEPTH}": lambda items, grades: reciprocal_rank(items, grades, DEPTH),
    f"MAP@{DEPTH}": lambda items, grades: average_precision(items, grades, DEPTH),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What one setting has reached: figures by their name, one for each question, in order."""

    figures: Mapping[str, Sequence[float]] = field(repr=False)


def try_out(
    searcher: Searcher, questions: Sequence[JudgedQuestion], wanted: SearchOptions
) -> Trial:
    """Ask all questions and hold the first ``DEPTH`` hits of each against what was judged."""
    answers = searcher.answers([question.text for question in questions], wanted)
    ranked = [
        items_of(answer, question) for question, answer in zip(questions, answers, strict=True)
    ]
    return scored(ranked, questions)


def scored(ranked: Sequence[Sequence[str]], questions: Sequence[JudgedQuestion]) -> Trial:
    """The figures of ranked items, a list for each question."""
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
    """The hits as items, each once.

    A second hit of an item keeps its place, as a person reads it too, and is not relevant.
    """
    items: dict[str, None] = {}
    for hit in answer.hits:
        item = item_of(hit.location, question)
        items[item if item not in items else f"{item} again, rank {hit.rank}"] = None
    return list(items)

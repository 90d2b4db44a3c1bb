"""Metrics of one ranked list against graded judgments.

A list holds items, best first, each once. ``grades`` are the judged items with grades of 0 (not
relevant) and more. Definitions are those of trec_eval, with which the tests compare them.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

_PAGE: Final = 1500  # characters, the usual length of a passage
_PAGES: Final = 10

Grades = Mapping[str, int]


def ndcg(items: Sequence[str], grades: Grades, k: int) -> float:
    """Return normalised discounted cumulative gain at ``k`` (Järvelin and Kekäläinen, 2002).

    >>> round(ndcg(["b", "a"], {"a": 1}, 10), 3)
    0.631
    """
    ideal = _discounted(sorted(grades.values(), reverse=True)[:k])
    return _discounted([grades.get(item, 0) for item in items[:k]]) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def recall(items: Sequence[str], grades: Grades, k: int) -> float:
    """Return the share of the relevant items that is among the first ``k``."""
    relevant = _relevant(grades)
    return len(relevant.intersection(items[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(items: Sequence[str], grades: Grades, k: int) -> float:
    """Return 1/rank of the first relevant item; 0 when none is among the first ``k``."""
    relevant = _relevant(grades)
    ranks = (rank for rank, item in enumerate(islice(items, k), start=1) if item in relevant)
    return 1 / next(ranks, math.inf)


def average_precision(items: Sequence[str], grades: Grades, k: int) -> float:
    """Return the precision at each relevant item of the first ``k``, averaged over all relevant."""
    relevant = _relevant(grades)
    found, total = 0, 0.0
    for rank, item in enumerate(items[:k], start=1):
        if item in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def _relevant(grades: Grades) -> set[str]:
    return {item for item, grade in grades.items() if grade > 0}


def gain_by_reading(lengths: Sequence[int], answers: Sequence[bool]) -> float:
    """Return the discounted gain of the first answer, with ranks counted in pages read.

    ``lengths`` are the characters of the hits, best first; ``answers`` says which hits answer. The
    rank is the amount of text up to the end of the first answer, in pages of 1,500 characters, at
    least 1; beyond ten pages the gain is 0. That makes passages of different lengths comparable: a
    longer passage is found more easily, and takes longer to read.

    >>> round(gain_by_reading([1500, 1500, 1500], [False, True, True]), 3)
    0.631
    """
    read = 0
    for length, is_answer in zip(lengths, answers, strict=True):
        read += length
        if is_answer:
            pages = max(1.0, read / _PAGE)
            return 1 / math.log2(1 + pages) if pages <= _PAGES else 0.0
    return 0.0

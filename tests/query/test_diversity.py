"""Maximal marginal relevance."""

import numpy as np

from semsearch.documents.passage import Location
from semsearch.query.diversity import by_marginal_relevance
from semsearch.query.ranked import Ranked
from semsearch.query.scoring import Signals
from semsearch.store.record.passages import StoredPassage


def ranked(id: int, relevance: float) -> Ranked:
    """A passage that was found."""
    place = Location("a.md", (id, id), None, ())
    passage = StoredPassage(id, 1, id, place, f"text {id}", bytes([id]) * 32)
    return Ranked.of(passage, 1.0, relevance, Signals(0.5, 1.0, 1, 1, 1.0, 1.0))


def test_passages_that_differ_come_sooner() -> None:
    """The best stays first."""
    found = [ranked(n + 1, 0.9 - n / 100) for n in range(3)]
    rows = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert [one.passage.text for one in by_marginal_relevance(found, rows, 0.7)] == [1, 3, 2]
    assert by_marginal_relevance([], rows[:0], 0.7) == []

"""Signals → scores."""

import numpy as np
import pytest

from semsearch.query.scoring import Mode, Scale, Signals, Weights
from semsearch.store.notes.cosine_baseline import CosineBaseline, of_pairs


def scale(
    mode: Mode = Mode.HYBRID, *, mean: float = 0.1, deviation: float = 0.1, **rest: float
) -> Scale:
    """Of an index of a thousand texts."""
    return Scale(mode, Weights(), CosineBaseline(mean, deviation, 1000), 40.0, **rest)


def signals(of: Scale, cosine: float | None, bm25: float) -> Signals:
    """With what they add."""
    meaning = 0.0 if cosine is None else of.meaning(cosine)
    return Signals(cosine, bm25, 1, 1, meaning, of.words(bm25))


def test_both_signals_raise_the_score() -> None:
    """The cosine, and the words that a text shares with the question."""
    hybrid = scale()
    rows = [signals(hybrid, *row) for row in ((0.2, 0.0), (0.2, 9.0), (0.5, 9.0), (0.9, 40.0))]
    scores = [hybrid.score(row) for row in rows]
    assert scores == sorted(scores)


def test_where_the_embedder_does_not_know_the_language_words_decide() -> None:
    """As far as it does not."""
    fluent, foreign = scale(), scale(factor=0.1)
    near, worded = (0.9, 0.0), (0.2, 30.0)
    assert fluent.score(signals(fluent, *near)) > fluent.score(signals(fluent, *worded))
    assert foreign.score(signals(foreign, *near)) < foreign.score(signals(foreign, *worded))


def test_one_sided_modes_rank_by_their_side() -> None:
    """By the cosine itself, and by BM25 itself."""
    row = Signals(0.4, 7.0, 1, 1, 0.0, 0.0)
    assert scale(Mode.SEMANTIC).score(row) == 0.4
    assert scale(Mode.KEYWORD).score(row) == 7.0


def test_pairs_give_the_background_where_there_are_enough() -> None:
    """And a usual one where there are none."""
    rows = np.random.default_rng(1).normal(size=(100, 50))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[:, 0] += 1  # of all
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = of_pairs(vectors, 500)
    assert found.texts == 500
    assert found.mean == pytest.approx(0.5, abs=0.05)
    assert of_pairs(vectors[:1], 1) == CosineBaseline(0.1, pytest.approx(0.117), 1)
    assert of_pairs(vectors[:2], 2).mean == pytest.approx(0.1, abs=0.05)


def test_a_folder_on_one_subject_does_not_make_everything_unrelated() -> None:
    """Where it is known what unrelated texts of the embedder are like."""
    alike = np.full((50, 8), 8**-0.5, dtype=np.float32)
    assert of_pairs(alike, 50).mean > 0.9
    assert of_pairs(alike, 50, usual=0.1).mean == pytest.approx(0.19)
    assert of_pairs(alike, 50, usual=0.6).deviation == pytest.approx(0.04)


def test_a_title_counts_by_its_own_factor() -> None:
    """A title above the usual adds less than a passage, and nothing where titles mislead."""
    assert 0 < scale().title(0.1) < scale().meaning(0.2)
    assert scale(factor=5.0, title_factor=0.0).title(0.1) == 0

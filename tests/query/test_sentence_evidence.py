"""The best sentence of a passage counts beside the whole passage."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import SentenceWordEmbedder, WordEmbedder
from semsearch.query.hits import Answer
from semsearch.query.options import SearchOptions
from semsearch.query.searcher import Searcher
from semsearch.query.sentence_evidence import similarity
from semsearch.settings.schema import Settings

LONG = (
    "Bees gather nectar in the meadow. The warranty ends in May. Honey is spun in summer."
    " Combs are built of wax. Drones leave the hive in autumn. Queens live for years.\n"
)
SHORT = "The warranty of bees and honey, and of wax and combs and hives, and of queens.\n"


def asked(folder: Path, embedder: WordEmbedder, question: str, mode: str = "semantic") -> Answer:
    """The answer of an index that is made anew."""
    semsearch.index(folder, embedder=embedder, settings=Settings())
    return semsearch.search(
        question, index=folder, embedder=embedder, mode=mode, settings=Settings(), min_relevance=0
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A long note of which one sentence answers, and a short one that answers a little."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "long.txt").write_text(LONG)
    (tmp_path / "notes" / "short.txt").write_text(SHORT)
    return tmp_path / "notes"


@pytest.mark.parametrize(("cosine", "best", "expected"), [(0.4, 0.8, 0.6), (0.4, None, 0.4)])
def test_the_similarity_is_the_mean_of_passage_and_sentence(
    cosine: float, best: float | None, expected: float
) -> None:
    """It is the cosine of the passage where no sentence is known."""
    assert similarity(cosine, best) == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["semantic", "hybrid"])
def test_a_sentence_that_answers_raises_its_passage(folder: Path, mode: str) -> None:
    """A passage with the sentence that is asked for comes before one with a higher cosine."""
    question = "the warranty ends in may"
    hits = asked(folder, SentenceWordEmbedder(), question, mode).hits
    assert [hit.location.path for hit in hits] == ["long.txt", "short.txt"]
    best, other = (hit.signals for hit in hits)
    assert best.sentence_cosine == pytest.approx(1, abs=0.01)
    assert other.sentence_cosine is None


def test_the_score_by_meaning_is_the_similarity(folder: Path) -> None:
    """In the semantic mode the score is the similarity, and without sentences the cosine."""
    hits = asked(folder, SentenceWordEmbedder(), "the warranty ends in may").hits
    assert [hit.score for hit in hits] == [hit.signals.similarity for hit in hits]
    assert hits[1].score == hits[1].signals.cosine


def test_relevance_is_that_of_the_passage(folder: Path, tmp_path: Path) -> None:
    """Relevance is calibrated with the cosine of passages, and is equal without sentences."""
    question = "the warranty ends in may"
    with_sentences = asked(folder, SentenceWordEmbedder(), question).hits
    (folder / ".semsearch").rename(tmp_path / "before")
    without = asked(folder, WordEmbedder(), question).hits
    assert {hit.location.path: hit.relevance for hit in with_sentences} == {
        hit.location.path: hit.relevance for hit in without
    }


def test_a_passage_is_like_a_passage_as_a_whole(folder: Path) -> None:
    """Hits for a passage are ranked by the cosine of passages alone."""
    embedder = SentenceWordEmbedder()
    semsearch.index(folder, embedder=embedder, settings=Settings())
    with Searcher(index=folder, embedder=embedder, settings=Settings()) as searcher:
        alike = searcher.like("short.txt:1", SearchOptions(min_relevance=0))
    assert [hit.location.path for hit in alike.hits] == ["long.txt"]
    assert alike.hits[0].signals.sentence_cosine is None

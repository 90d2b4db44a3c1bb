"""Rolling an index back to the generation before."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexMissing
from semsearch.settings.schema import Settings


def index(corpus: Path, words: WordEmbedder) -> int:
    """Bring the index up to date; returns the generation."""
    return semsearch.index(corpus, embedder=words, settings=Settings()).generation


def hits(corpus: Path, question: str, words: WordEmbedder) -> list[tuple[str, str]]:
    """(path, text) of each hit; there are no notices."""
    answer = semsearch.search(question, limit=50, index=corpus, embedder=words, settings=Settings())
    assert answer.notices == ()
    return [(hit.location.path, hit.text) for hit in answer.hits]


@pytest.fixture
def changed(corpus: Path, words: WordEmbedder) -> list[tuple[str, str]]:
    """Two generations that differ by three documents; returns the hits of the first."""
    index(corpus, words)
    first = hits(corpus, "honey bread moon bowline", words)
    (corpus / "bread.txt").write_text("Rolls, not bread.")
    (corpus / "bees.md").unlink()
    (corpus / "new.txt").write_text("A new honey.")
    index(corpus, words)
    return first


def test_a_rollback_shows_the_generation_before(
    corpus: Path, words: WordEmbedder, changed: list[tuple[str, str]]
) -> None:
    """A rollback embeds nothing, a second one undoes it, and a run follows the folder again."""
    second = hits(corpus, "honey bread moon bowline", words)
    words.seen.clear()
    report = semsearch.rollback(corpus)
    assert (report.generation, report.restored) == (3, 1)
    assert hits(corpus, "honey bread moon bowline", words) == changed
    assert semsearch.verify(corpus, full=True).damages == ()
    semsearch.rollback(corpus)
    assert hits(corpus, "honey bread moon bowline", words) == second
    semsearch.rollback(corpus)
    assert index(corpus, words) == 6
    assert hits(corpus, "honey bread moon bowline", words) == second
    assert set(words.seen) == {"honey bread moon bowline"}


def test_without_a_generation_before_nothing_changes(corpus: Path, words: WordEmbedder) -> None:
    """Without a generation before, a rollback raises IndexMissing."""
    index(corpus, words)
    with pytest.raises(IndexMissing, match="no generation before"):
        semsearch.rollback(corpus)
    assert semsearch.status(corpus).generation == 1

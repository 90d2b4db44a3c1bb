"""Rolling an index back to the generation before."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.generations import hits, index
from semsearch.errors import IndexMissing


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

"""Rebuilds: everything is read anew, vectors are reused or made afresh."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import (
    EmbedderMismatch,
    EmbedderUnavailable,
)
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    pass
from fakes.index_runs import found, index


def test_a_rebuild_reads_everything_and_reuses_vectors(corpus: Path, words: WordEmbedder) -> None:
    """A new generation, and no text is embedded again."""
    index(corpus, words)
    words.seen.clear()
    report = semsearch.rebuild(corpus, embedder=words, settings=Settings())
    assert (report.generation, report.unchanged, report.embedded) == (2, 4, 0)
    assert words.seen == []


def test_a_fresh_rebuild_embeds_everything_again(corpus: Path, words: WordEmbedder) -> None:
    """While it runs the old generation answers; when it is stopped it goes on from there."""
    index(corpus, words)
    stopped = WordEmbedder(batch=2, fails_after=1)
    with pytest.raises(EmbedderUnavailable):
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    assert semsearch.status(corpus).generation == 1
    assert "bees.md" in found(corpus, "honey bees", words)
    report = semsearch.rebuild(corpus, embedder=words, fresh=True, settings=Settings())
    assert (report.embedded, report.generation) == (3, 2)


def test_a_fresh_rebuild_takes_over_no_older_vectors(corpus: Path) -> None:
    """But those of a fresh run that was stopped, also when others came between: they are paid."""
    first, second = WordEmbedder("test:a"), WordEmbedder("test:b")
    index(corpus, first)
    for _ in range(2):
        semsearch.rebuild(corpus, embedder=second, settings=Settings())
    again = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=again, fresh=True, settings=Settings())
    assert len(again.seen) == 5
    with pytest.raises(EmbedderUnavailable):
        stopped = WordEmbedder("test:a", batch=2, fails_after=1)
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    (corpus / "new.txt").write_text("new text")
    assert index(corpus, again).embedded == 1
    last = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=last, fresh=True, settings=Settings())
    assert len(last.seen) == 4


def test_another_embedder_is_refused_until_a_rebuild(corpus: Path, words: WordEmbedder) -> None:
    """The message has both names and the remedy; a rebuild changes over."""
    index(corpus, words)
    other = WordEmbedder("test:other", dimension=32)
    with pytest.raises(EmbedderMismatch, match=r"built by test:words, not by test:other.*rebuild"):
        index(corpus, other)
    with pytest.raises(EmbedderMismatch, match="built by test:words"):
        found(corpus, "bees", other)
    semsearch.rebuild(corpus, embedder=other, settings=Settings())
    assert "bees.md" in found(corpus, "honey bees", other)
    assert semsearch.status(corpus).dimension == 32


def test_an_embedder_that_changes_its_dimension_is_stopped(corpus: Path) -> None:
    """Vectors of two lengths are never mixed."""
    index(corpus, WordEmbedder())
    (corpus / "new.txt").write_text("new text")
    with pytest.raises(EmbedderMismatch, match=r"32 numbers, the index has 64.*--fresh"):
        index(corpus, WordEmbedder(dimension=32))


def test_other_passage_sizes_cut_everything_anew(corpus: Path, words: WordEmbedder) -> None:
    """Passages that come out the same are not paid for again."""
    index(corpus, words)
    words.seen.clear()
    report = index(corpus, words, passage_characters=50, overlap_characters=0)
    assert report.generation == 2
    assert report.unchanged == 4
    assert report.embedded == len(words.seen) < report.passages


def test_passages_are_cut_to_what_the_embedder_takes(corpus: Path) -> None:
    """Nothing is sent that is too long for it, and nothing is left out."""
    short = WordEmbedder(longest=20)
    index(corpus, short)
    assert max(map(len, short.seen)) <= 20
    assert "neither" in " ".join(short.seen)

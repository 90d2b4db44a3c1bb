"""Rebuilds read all files; vectors are reused or made again."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import found, index
from semsearch.errors import (
    EmbedderMismatch,
    EmbedderUnavailable,
)
from semsearch.settings.schema import Settings


def test_a_rebuild_reads_everything_and_reuses_vectors(corpus: Path, words: WordEmbedder) -> None:
    """A rebuild makes a new generation and embeds no text again."""
    index(corpus, words)
    words.seen.clear()
    report = semsearch.rebuild(corpus, embedder=words, settings=Settings())
    assert (report.generation, report.unchanged, report.embedded) == (2, 4, 0)
    assert words.seen == []


def test_a_fresh_rebuild_embeds_everything_again(corpus: Path, words: WordEmbedder) -> None:
    """The old generation answers during a fresh rebuild, which continues after an interruption."""
    index(corpus, words)
    stopped = WordEmbedder(batch=2, fails_after=1)
    with pytest.raises(EmbedderUnavailable):
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    assert semsearch.status(corpus).generation == 1
    assert "bees.md" in found(corpus, "honey bees", words)
    report = semsearch.rebuild(corpus, embedder=words, fresh=True, settings=Settings())
    assert (report.embedded, report.generation) == (3, 2)


def test_a_fresh_rebuild_takes_over_no_older_vectors(corpus: Path) -> None:
    """A fresh rebuild reuses only vectors of an interrupted fresh rebuild."""
    first, second = WordEmbedder("test:a"), WordEmbedder("test:b")
    index(corpus, first)
    for _ in range(2):
        semsearch.rebuild(corpus, embedder=second, settings=Settings())
    again = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=again, fresh=True, settings=Settings())
    assert len(again.seen) == 5 + 4  # texts and titles
    with pytest.raises(EmbedderUnavailable):
        stopped = WordEmbedder("test:a", batch=2, fails_after=1)
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    (corpus / "new.txt").write_text("new text")
    assert index(corpus, again).embedded == 1
    last = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=last, fresh=True, settings=Settings())
    assert len(last.seen) == 4 + 5


def test_another_embedder_is_refused_until_a_rebuild(corpus: Path, words: WordEmbedder) -> None:
    """Another embedder is refused until a rebuild; the error names both."""
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
    """A changed dimension stops the run."""
    index(corpus, WordEmbedder())
    (corpus / "new.txt").write_text("new text")
    with pytest.raises(EmbedderMismatch, match=r"32 numbers, the index has 64.*--fresh"):
        index(corpus, WordEmbedder(dimension=32))


def test_other_passage_sizes_cut_everything_anew(corpus: Path, words: WordEmbedder) -> None:
    """After a change of passage size only new texts are embedded."""
    index(corpus, words)
    words.seen.clear()
    report = index(corpus, words, passage_characters=50, overlap_characters=0)
    assert report.generation == 2
    assert report.unchanged == 4
    assert report.embedded == len(words.seen) < report.passages


def test_passages_are_cut_to_what_the_embedder_takes(corpus: Path) -> None:
    """Passages fit the embedder's limit, and all text is indexed."""
    short = WordEmbedder(longest=20)
    index(corpus, short)
    assert max(map(len, short.seen)) <= 20
    assert "neither" in " ".join(short.seen)

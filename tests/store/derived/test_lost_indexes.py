"""Derived indexes that are lost or damaged are made anew without the embedder."""

import shutil
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import found, index
from semsearch.settings.schema import Settings
from semsearch.store.record.connection import open_to_write


def test_a_mended_ann_file_stays_good(corpus: Path, words: WordEmbedder) -> None:
    """Its new digest goes on to the generations that name it again."""
    index(corpus, words)
    next((corpus / ".semsearch").glob("ann-*")).write_bytes(b"IxMp")
    (corpus / "bread.txt").rename(corpus / "loaf.txt")
    assert "made anew" in index(corpus, words).notices[0]
    assert semsearch.search("bees", index=corpus, embedder=words).notices == ()


def test_a_fresh_rebuild_cures_vectors_that_are_damaged(corpus: Path, words: WordEmbedder) -> None:
    """A query finds by words alone without them, and says so; it needs none of them."""
    index(corpus, words)
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update vector set vector = x'00'")
    next((corpus / ".semsearch").glob("ann-*")).unlink()
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert "5 damaged rows are left out" in answer.notices[1]
    assert [(hit.location.path, hit.signals.cosine) for hit in answer.hits] == [("bees.md", None)]
    semsearch.rebuild(corpus, embedder=words, fresh=True, settings=Settings())
    assert "bees.md" in found(corpus, "honey bees", words)


def test_a_missing_ann_file_is_made_anew_without_embedding(
    corpus: Path, words: WordEmbedder
) -> None:
    """A query does without it and says so; the next index run writes it."""
    index(corpus, words)
    ann = next((corpus / ".semsearch").glob("ann-*"))
    ann.unlink()
    words.seen.clear()
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "cannot be read" in answer.notices[0]
    report = index(corpus, words)
    assert words.seen == ["honey bees", "honey"]  # the question, and without the name "bees"
    assert ann.is_file()
    assert "made anew from the stored vectors" in report.notices[0]
    assert semsearch.search("bees", index=corpus, embedder=words).notices == ()


@pytest.mark.parametrize("damage", [b"", b"IxMp", b"x" * 1000])
def test_a_damaged_ann_file_is_never_served(
    corpus: Path, words: WordEmbedder, damage: bytes
) -> None:
    """Its digest is checked before faiss sees it."""
    index(corpus, words)
    ann = next((corpus / ".semsearch").glob("ann-*"))
    ann.write_bytes(damage)
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "not what was written" in answer.notices[0]


def test_a_lost_keyword_index_is_made_anew(corpus: Path, words: WordEmbedder) -> None:
    """A query goes on by meaning, and the next run mends it."""
    index(corpus, words)
    for path in (corpus / ".semsearch" / "keywords-000001").iterdir():
        path.unlink()
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "by meaning only" in answer.notices[0]
    assert "keyword index" in index(corpus, words).notices[0]
    assert semsearch.search("bees", index=corpus, embedder=words).notices == ()


@pytest.mark.parametrize("suffix", [".idx", ".term", ".store", ".fast", ".json"])
def test_a_damaged_keyword_index_is_made_anew(
    corpus: Path, words: WordEmbedder, suffix: str
) -> None:
    """A query goes on without it, and the next run finds the damage."""
    index(corpus, words)
    for path in (corpus / ".semsearch" / "keywords-000001").glob(f"*{suffix}"):
        path.write_bytes(path.read_bytes()[:10])
    assert "bees.md" in found(corpus, "honey bees", words)
    assert "made anew" in index(corpus, words).notices[0]
    assert semsearch.search("honey bees", index=corpus, embedder=words).notices == ()


def test_a_file_in_place_of_the_keyword_index_is_replaced(
    corpus: Path, words: WordEmbedder
) -> None:
    """Nothing but the folder is ever there."""
    index(corpus, words)
    shutil.rmtree(corpus / ".semsearch" / "keywords-000001")
    (corpus / ".semsearch" / "keywords-000001").write_text("x")
    assert "by meaning only" in semsearch.search("x", index=corpus, embedder=words).notices[0]
    assert "made anew" in index(corpus, words).notices[0]

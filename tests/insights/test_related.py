"""Documents related to a document."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.text.printable import printable_path
from semsearch.errors import SettingsError
from semsearch.insights.policy import RelatedPolicy
from semsearch.insights.related import related, related_in
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import load_derived
from semsearch.store.snapshot import open_snapshot

LOCKS = "The keeper opens the gate of the lock when the water is level"


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """An index of twelve similar documents on locks, and four on other subjects."""
    for number in range(12):
        (corpus / f"lock-{number:02}.txt").write_text(f"{LOCKS} at {number} and boats wait.\n")
    semsearch.index(corpus, embedder=words)
    return corpus


def test_the_nearest_documents_come_first(indexed: Path) -> None:
    """Related documents are ordered by similarity, without the document itself."""
    (indexed / "keeper.md").write_text(f"# Bees\n\nHoney bees keep warm.\n\n# Work\n\n{LOCKS}.\n")
    semsearch.index(indexed, embedder=WordEmbedder())
    found = related("keeper.md", limit=40, index=indexed)
    paths = [document.path for document in found.documents]
    assert sorted(paths) == sorted(
        {"bees.md", "bread.txt", "sub/knots.txt", "sub/tides.html"}
        | {f"lock-{number:02}.txt" for number in range(12)}
    )
    assert set(paths[:13]) == {"bees.md", *(f"lock-{number:02}.txt" for number in range(12))}
    similarities = [document.similarity for document in found.documents]
    assert similarities == sorted(similarities, reverse=True)
    bees = found.documents[paths.index("bees.md")]
    assert (bees.location.lines, bees.to.lines) == ((1, 3), (1, 3))
    assert [d.path for d in related("keeper.md", limit=2, index=indexed).documents] == paths[:2]


def test_what_none_of_the_nearest_is_counts_as_the_last_of_them(
    indexed: Path,
) -> None:
    """A document with one near passage does not rank above one with many."""
    with open_snapshot(IndexDirectory(indexed / ".semsearch")) as snapshot:
        found = related_in(
            snapshot, load_derived(snapshot), "lock-03.txt", 40, RelatedPolicy(nearest=3)
        )
    assert len(found.documents) == 3
    assert all(document.path.startswith("lock-") for document in found.documents)


def test_a_path_may_be_that_of_the_file(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may be relative to the corpus or the current folder, or absolute."""
    monkeypatch.chdir(indexed / "sub")
    assert related("knots.txt").path == "sub/knots.txt"
    assert related("../bees.md").path == "bees.md"
    assert related(indexed / "bees.md").path == "bees.md"
    with pytest.raises(SettingsError, match=r"nothing\.txt names no document of the index"):
        related("nothing.txt")
    with pytest.raises(SettingsError, match="must be 1 or more"):
        related("bees.md", limit=0)


def test_a_path_is_taken_as_query_prints_it(corpus: Path, words: WordEmbedder) -> None:
    """In quotes with escapes, where a terminal would stumble over the name."""
    (corpus / "two\nrows.md").write_text("Knots hold.")
    semsearch.index(corpus, embedder=words)
    assert related(printable_path("two\nrows.md"), index=corpus).path == "two\nrows.md"


def test_a_document_without_text_has_none_related(corpus: Path, words: WordEmbedder) -> None:
    """A document without text raises SettingsError."""
    (corpus / "empty.txt").write_text("\n")
    semsearch.index(corpus, embedder=words)
    with pytest.raises(SettingsError, match=r"empty\.txt has no text in the index"):
        related("empty.txt", index=corpus)

"""Near-duplicate passages and documents."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SettingsError
from semsearch.insights.duplicates import Duplicates, duplicates

PARAGRAPH = "The lock keeper opens the upper gate when the water on both sides stands level. "


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """An index with a copy of a document, and one with a changed word."""
    (corpus / "copy.md").write_text((corpus / "bees.md").read_text())
    (corpus / "lock.txt").write_text(f"{PARAGRAPH * 3}\n")
    (corpus / "sub" / "lock.txt").write_text(f"{PARAGRAPH * 3}\n".replace("keeper", "owner", 1))
    semsearch.index(corpus, embedder=words)
    return corpus


def places(found: Duplicates) -> list[list[tuple[str, bool]]]:
    """The paths of each group, with whether the text equals the first's."""
    return [
        [(copy.location.path, copy.is_same) for copy in group.copies] for group in found.passages
    ]


def test_copies_and_near_copies_are_grouped(indexed: Path) -> None:
    """Groups have the cosine to the first passage, and its text."""
    found = duplicates(indexed)
    assert places(found) == [
        [("bees.md", True), ("copy.md", True)],
        [("bees.md", True), ("copy.md", True)],
        [("lock.txt", True), ("sub/lock.txt", False)],
    ]
    assert found.passages[0].text == "# Bees\n\nHoney bees keep warm."
    similarities = [copy.similarity for copy in found.passages[2].copies]
    assert similarities[0] == pytest.approx(1, abs=1e-6)
    assert 0.95 < similarities[1] < 1
    assert [[(d.path, d.share, d.other) for d in group] for group in found.documents] == [
        [("bees.md", 1.0, "copy.md"), ("copy.md", 1.0, "bees.md")],
        [("lock.txt", 1.0, "sub/lock.txt"), ("sub/lock.txt", 1.0, "lock.txt")],
    ]


def test_at_the_most_only_what_is_the_same_counts(indexed: Path) -> None:
    """With similarity 1 only equal texts are grouped."""
    found = duplicates(indexed, min_similarity=1)
    assert [len(group) for group in places(found)] == [2, 2]
    assert all(is_same for group in places(found) for _, is_same in group)


def test_across_documents_what_one_repeats_does_not_count(
    corpus: Path, words: WordEmbedder
) -> None:
    """Repetitions within a document are not linked with ``across_documents``."""
    sections = [PARAGRAPH * 3, PARAGRAPH * 3, PARAGRAPH * 2 + "It takes two men and a horse."]
    text = "\n\n".join(f"## Part {number}\n\n{body}" for number, body in enumerate(sections))
    (corpus / "lock.md").write_text(text)
    semsearch.index(corpus, embedder=words)
    within = duplicates(corpus, min_similarity=0.9)
    assert {path for group in places(within) for path, _ in group} == {"lock.md"}
    assert not duplicates(corpus, min_similarity=0.9, across_documents=True)


def test_what_nobody_can_mean_is_one_line(indexed: Path) -> None:
    """Similarities and shares out of range raise SettingsError."""
    with pytest.raises(SettingsError, match=r"the least similarity must be from 0\.5 to 1"):
        duplicates(indexed, min_similarity=0.2)
    with pytest.raises(SettingsError, match="the least share must be above 0, and at most 1"):
        duplicates(indexed, min_share=0)

"""Similarities of texts and files."""

from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import SettingsError


def test_similarity_is_the_dot_product_of_unit_vectors(words: WordEmbedder) -> None:
    """One on the diagonal, symmetric, more for texts that share words."""
    found = semsearch.similarity(["bees fly", "bees sting", "bread"], embedder=words)
    assert found.dimension == 64
    assert found.matrix[0, 0] == pytest.approx(1)
    assert found.notices == ()
    assert found.matrix[0, 1] == found.matrix[1, 0] > found.matrix[0, 2]


@pytest.mark.parametrize("texts", ["two", ["one"], ["one", " "], ["one", "x" * 10_001]])
def test_texts_that_cannot_be_compared_are_refused(words: WordEmbedder, texts: list[str]) -> None:
    """Fewer than two, blank, or too long."""
    with pytest.raises(SettingsError):
        semsearch.similarity(texts, embedder=words)


def test_a_file_is_compared_by_the_mean_of_its_passages(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """After the texts, of whatever format; a link that a person names is followed."""
    (tmp_path / "link.html").symlink_to(corpus / "sub" / "tides.html")
    files = [corpus / "bees.md", tmp_path / "link.html"]
    found = semsearch.similarity(["the moon"], files=files, embedder=words)
    assert found.texts == ("the moon", *map(str, files))
    sections = ["# Bees\n\nHoney bees keep warm.", "## Winter\n\nThey form a cluster. It is dense."]
    mean = np.mean([words.vector(text) for text in sections], axis=0)
    expected = words.vector("the moon") @ mean / np.linalg.norm(mean)
    assert found.matrix[0, 1] == pytest.approx(expected, abs=1e-6)
    assert found.matrix[0, 2] > found.matrix[0, 1]
    assert found.matrix.diagonal() == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.txt", r"there is no file .*gone\.txt"),
        ("blank.txt", r"blank\.txt has no text; there is nothing to compare in it"),
        ("sub", "sub cannot be read: cannot be opened: it is no regular file"),
    ],
)
def test_a_file_that_cannot_be_compared_is_one_line(
    corpus: Path, words: WordEmbedder, name: str, said: str
) -> None:
    """Whatever is wrong with it."""
    (corpus / "blank.txt").write_text(" \n")
    with pytest.raises(SettingsError, match=said):
        semsearch.similarity(["x"], files=[corpus / name], embedder=words)


def test_embedded_batches_may_come_in_any_order() -> None:
    """Positions decide which text a vector belongs to."""

    class Backwards(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            for batch in reversed(list(super().embed(texts))):
                yield EmbeddedBatch(batch.positions, batch.vectors, batch.tokens)

    embedder = Backwards(batch=1)
    found = semsearch.similarity(["a", "b", "a"], embedder=embedder)
    assert found.matrix[0, 2] == pytest.approx(1)
    assert found.matrix[0, 1] < 0.9

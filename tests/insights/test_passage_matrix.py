"""The passages of a generation with their vectors, in one order."""

from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexMissing, TooLittle
from semsearch.insights import passage_matrix as module
from semsearch.insights.passage_matrix import open_material
from semsearch.store.record.connection import open_to_write


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """The folder with an index, and a text in it that stands in two documents."""
    (corpus / "a.txt").write_text("A bowline neither slips nor jams.\n")
    semsearch.index(corpus, embedder=words)
    return corpus


def test_passages_come_by_path_and_place_with_the_vectors_of_their_texts(
    indexed: Path, words: WordEmbedder
) -> None:
    """Bytes decide the order of paths; a text that stands twice has one vector."""
    with open_material(indexed) as material:
        passages = [passage for _, passage in material.passages()]
        assert material.paths == (
            "a.txt", "bees.md", "bread.txt", "sub/knots.txt", "sub/tides.html",
        )  # fmt: skip
        assert [material.paths[document] for document in material.document_of] == [
            passage.location.path for passage in passages
        ]
        assert [passage.ordinal for passage in passages] == [0, 0, 1, 0, 0, 0]
        assert len(material.stored) == 5
        expected = np.stack([words.vector(passage.body) for passage in passages])
        whole = material.vectors()[material.vector_of]
    np.testing.assert_allclose(whole, expected, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-6)


def test_batches_and_single_passages_are_rows_of_the_whole(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few are read at once."""
    monkeypatch.setattr(module, "_PASSAGES", 2)
    with open_material(indexed) as material:
        whole = material.vectors()
        for first, rows in material.batches(2):
            np.testing.assert_array_equal(rows, whole[first : first + 2])
        some = np.array([4, 1], dtype=np.int32)
        np.testing.assert_array_equal(material.vectors_at(some), whole[material.vector_of[some]])
        assert [position for position, _ in material.passages([4, 1, 3])] == [1, 3, 4]


def test_the_vector_of_a_document_is_the_mean_of_its_passages(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a batch ends inside of it."""
    monkeypatch.setattr(module, "BATCH", 2)
    with open_material(indexed) as material:
        vectors = material.document_vectors()
        bees = material.vectors_at(np.array([1, 2], dtype=np.int32)).sum(axis=0)
        np.testing.assert_allclose(vectors[1], bees / np.linalg.norm(bees), atol=1e-6)
        np.testing.assert_allclose(vectors[0], vectors[3], atol=1e-6)


def test_reading_tells_how_far_it_is(indexed: Path) -> None:
    """From nothing to all texts."""
    told: list[tuple[str, int, int]] = []
    with open_material(indexed, steps=lambda *step: told.append(step)):
        assert told == [("reading vectors", 0, 5), ("reading vectors", 5, 5)]


def test_what_is_damaged_is_left_out_and_told(indexed: Path) -> None:
    """A vector with the passages that have its text; the words of another."""
    with open_to_write(indexed / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update vector set vector = zeroblob(128) where text = 1")
        connection.execute("update text set body = body || '!' where id = 3")
    with open_material(indexed) as material:
        assert material.paths == ("bees.md", "bread.txt", "sub/tides.html")
        assert [position for position, _ in material.passages()] == [0, 2, 3]
        assert "vector of text 1" in material.notices[0]


def test_too_few_documents_are_one_line(corpus: Path, words: WordEmbedder) -> None:
    """As an index without any text is, and none."""
    with pytest.raises(IndexMissing), open_material(corpus):
        pass
    semsearch.index(corpus, embedder=words)
    with (
        pytest.raises(TooLittle, match="has 4 documents with text, and this takes 5 or more"),
        open_material(corpus, documents=5),
    ):
        pass

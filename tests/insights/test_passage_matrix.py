"""The matrix of a generation's passages and vectors."""

from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexMissing, TooLittle
from semsearch.insights.passage_matrix import open_passage_matrix
from semsearch.insights.policy import ReadPolicy
from semsearch.store.record.connection import open_to_write


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """An index in which two documents have the same text."""
    (corpus / "a.txt").write_text("A bowline neither slips nor jams.\n")
    semsearch.index(corpus, embedder=words)
    return corpus


def test_passages_come_by_path_and_place_with_the_vectors_of_their_texts(
    indexed: Path, words: WordEmbedder
) -> None:
    """Passages are ordered by the bytes of their paths; equal texts share a vector."""
    with open_passage_matrix(indexed) as matrix:
        passages = [passage for _, passage in matrix.passages()]
        assert matrix.paths == (
            "a.txt", "bees.md", "bread.txt", "sub/knots.txt", "sub/tides.html",
        )  # fmt: skip
        assert [matrix.paths[document] for document in matrix.document_of] == [
            passage.location.path for passage in passages
        ]
        assert [passage.ordinal for passage in passages] == [0, 0, 1, 0, 0, 0]
        assert len(matrix.stored) == 5
        expected = np.stack([words.vector(passage.body) for passage in passages])
        whole = matrix.vectors()[matrix.vector_of]
    np.testing.assert_allclose(whole, expected, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-6)


def test_batches_and_single_passages_are_rows_of_the_whole(
    indexed: Path,
) -> None:
    """Batches and single passages have the rows of the whole matrix."""
    with open_passage_matrix(indexed, policy=ReadPolicy(passages=2)) as matrix:
        whole = matrix.vectors()
        for first, rows in matrix.batches(2):
            np.testing.assert_array_equal(rows, whole[first : first + 2])
        some = np.array([4, 1], dtype=np.int32)
        np.testing.assert_array_equal(matrix.vectors_at(some), whole[matrix.vector_of[some]])
        assert [position for position, _ in matrix.passages([4, 1, 3])] == [1, 3, 4]


def test_the_vector_of_a_document_is_the_mean_of_its_passages(
    indexed: Path,
) -> None:
    """A document's vector is the mean of its passages', also when they are in two batches."""
    with open_passage_matrix(indexed, policy=ReadPolicy(batch=2)) as matrix:
        vectors = matrix.document_vectors()
        bees = matrix.vectors_at(np.array([1, 2], dtype=np.int32)).sum(axis=0)
        np.testing.assert_allclose(vectors[1], bees / np.linalg.norm(bees), atol=1e-6)
        np.testing.assert_allclose(vectors[0], vectors[3], atol=1e-6)


def test_reading_tells_how_far_it_is(indexed: Path) -> None:
    """Progress goes from 0 to the number of texts."""
    told: list[tuple[str, int, int]] = []
    with open_passage_matrix(indexed, steps=lambda *step: told.append(step)):
        assert told == [("reading vectors", 0, 5), ("reading vectors", 5, 5)]


def test_what_is_damaged_is_left_out_and_told(indexed: Path) -> None:
    """Passages with a damaged vector or text are left out, with a notice."""
    with open_to_write(indexed / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update vector set vector = zeroblob(128) where text = 1")
        connection.execute("update text set body = body || '!' where id = 3")
    with open_passage_matrix(indexed) as matrix:
        assert matrix.paths == ("bees.md", "bread.txt", "sub/tides.html")
        assert [position for position, _ in matrix.passages()] == [0, 2, 3]
        assert "vector of text 1" in matrix.notices[0]


def test_too_few_documents_are_one_line(corpus: Path, words: WordEmbedder) -> None:
    """Too few documents raise TooLittle, no index raises IndexMissing."""
    with pytest.raises(IndexMissing), open_passage_matrix(corpus):
        pass
    semsearch.index(corpus, embedder=words)
    with (
        pytest.raises(TooLittle, match="has 4 documents with text, and this takes 5 or more"),
        open_passage_matrix(corpus, documents=5),
    ):
        pass

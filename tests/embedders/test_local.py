"""The embedded local model, for real."""

import numpy as np
import pytest

from semsearch.embedders.embedder import Vectors
from semsearch.embedders.local import MiniLM
from semsearch.errors import EmbedderError

TEXTS = [
    "Bees keep warm in winter.",
    "Interest rates rose by 0.25 % in June 2019.",
    "def area(r): return 3.14159 * r ** 2",
    "Der Hund schläft auf dem Sofa.",
    "x",
]


def embedded(model: MiniLM, texts: list[str]) -> Vectors:
    """The vectors of some texts."""
    return np.concatenate([batch.vectors for batch in model.embed(texts)])


def test_vectors_are_unit_rows(minilm: MiniLM) -> None:
    """384 numbers, float32, of length one."""
    vectors = embedded(minilm, TEXTS)
    assert (vectors.shape, vectors.dtype) == ((5, 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_hang_on_its_neighbours(minilm: MiniLM) -> None:
    """The same text gives the same bits, alone and among others."""
    among = embedded(minilm, TEXTS * 10)
    for number, text in enumerate(TEXTS):
        np.testing.assert_array_equal(embedded(minilm, [text])[0], among[10 * 4 + 5 + number])


def test_meaning_is_nearer_than_words(minilm: MiniLM) -> None:
    """A paraphrase without a shared word is nearer than a sentence with one."""
    question, same, other = embedded(
        minilm,
        ["A cat sits on the sofa", "The kitten rests upon a couch", "The sofa factory is for sale"],
    )
    assert question @ same > question @ other + 0.2


def test_tokens_are_counted_exactly(minilm: MiniLM) -> None:
    """Word pieces and the two marks around a text."""
    assert minilm.count_tokens("hello world") == 4
    (batch,) = minilm.embed(["hello world", "hello"])
    assert batch.tokens == 4 + 3


def test_a_text_above_the_limit_is_refused(minilm: MiniLM) -> None:
    """Nothing is cut off in silence."""
    with pytest.raises(EmbedderError, match="302 word pieces is above the 256"):
        embedded(minilm, ["word " * 300])

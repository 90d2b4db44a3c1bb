"""The installed local model."""

import numpy as np
import pytest

from semsearch.embedders.local.minilm import MiniLM, open_minilm
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderError
from semsearch.settings.sources import load_settings

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


@pytest.mark.usefixtures("minilm")
def test_the_model_stays_open() -> None:
    """A second call returns the open model."""
    models = load_settings({}).models_directory
    assert open_minilm(models) is open_minilm(models)


def test_vectors_are_unit_rows(minilm: MiniLM) -> None:
    """Vectors are float32 unit rows of 384 numbers."""
    vectors = embedded(minilm, TEXTS)
    assert (vectors.shape, vectors.dtype) == ((5, 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_hang_on_its_neighbours(minilm: MiniLM) -> None:
    """A text has bit-equal vectors alone and in a batch."""
    among = embedded(minilm, TEXTS * 10)
    for number, text in enumerate(TEXTS):
        np.testing.assert_array_equal(embedded(minilm, [text])[0], among[10 * 4 + 5 + number])


def test_meaning_is_nearer_than_words(minilm: MiniLM) -> None:
    """A paraphrase without a shared word is nearer than a sentence with a shared word."""
    question, same, other = embedded(
        minilm,
        ["A cat sits on the sofa", "The kitten rests upon a couch", "The sofa factory is for sale"],
    )
    assert question @ same > question @ other + 0.2


def test_tokens_are_counted_exactly(minilm: MiniLM) -> None:
    """The token count is the word pieces plus the two special pieces."""
    assert minilm.count_tokens("hello world") == 4
    (batch,) = minilm.embed(["hello world", "hello"])
    assert batch.tokens == 4 + 3


def test_a_text_above_the_limit_is_refused(minilm: MiniLM) -> None:
    """A text above the limit is refused, not truncated."""
    with pytest.raises(EmbedderError, match="1102 word pieces is above the 1018"):
        embedded(minilm, ["word " * 1100])


def test_a_long_text_is_embedded_in_windows_of_about_the_same_length(minilm: MiniLM) -> None:
    """The vector of a long text is the mean of its windows, in any order."""
    bees, moon = "Bees gather nectar. " * 60, "The moon pulls the tide. " * 45
    both, turned, only_bees, only_moon = embedded(minilm, [bees + moon, moon + bees, bees, moon])
    assert minilm.count_tokens(bees + moon) > 500
    assert both @ turned > 0.9
    assert both @ only_bees > only_bees @ only_moon + 0.2 < both @ only_moon


@pytest.mark.parametrize(
    ("question", "least", "most"),
    [
        ("How do bees keep warm in winter?", 1, 1),
        ("Wie lange ist die Kündigungsfrist?", 0.7, 1),
        ("Сколько стоит подписка?", 0.1, 0.4),
        ("متى يفتح المسبح أبوابه", 0.1, 0.3),
    ],
)
def test_it_knows_english_best(minilm: MiniLM, question: str, least: float, most: float) -> None:
    """Fluency is highest for English."""
    assert least <= minilm.fluency(question) <= most

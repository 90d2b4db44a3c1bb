"""The installed local model."""

import numpy as np
import pytest
from embedders.conftest import Upgraded

from semsearch.embedders.local.minilm import MiniLM, open_minilm
from semsearch.embedders.local.minilm_builds import WITHOUT_STATES
from semsearch.embedders.vectors import Vectors
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


def test_the_model_stays_open(minilm: MiniLM) -> None:
    """A second call returns the open model."""
    models = minilm.folder.parent
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


FOUR = (
    "The bakery on the corner opens at six in the morning, also on Sundays and on holidays. Bees"
    " keep warm in winter, as they form a dense cluster around their queen.\n\nInterest rates rose"
    " by a quarter of a percent in June, and nobody had expected it. The moon pulls the tides."
)


LONG_AND_SHORT = [*TEXTS, FOUR, "Bees gather nectar. " * 90] * 4  # more than run briefly


def of_passages(model: MiniLM, text: str) -> tuple[Vectors, Vectors]:
    """The vector of a passage, and those of its sentences."""
    (batch,) = model.for_passages().embed([text])
    return batch.vectors[0], batch.sentences[0]


def test_an_upgraded_model_gives_equal_vectors(upgraded: Upgraded) -> None:
    """For indexes of builds 2 and 3 they are equal to the bit, with sentences and without."""
    before = embedded(upgraded.former, LONG_AND_SHORT)
    np.testing.assert_array_equal(embedded(upgraded.same, LONG_AND_SHORT), before)
    np.testing.assert_array_equal(vectors_of_passages(upgraded.same), before)


def test_the_vectors_of_the_present_build_are_others(upgraded: Upgraded) -> None:
    """Those of passages and questions are equal to the bit, and near those of former builds."""
    vectors = embedded(upgraded.model, LONG_AND_SHORT)
    np.testing.assert_array_equal(vectors_of_passages(upgraded.model), vectors)
    cosines = (vectors * embedded(upgraded.former, LONG_AND_SHORT)).sum(axis=1)
    assert 0.985 < cosines.min() < cosines.max() < 0.9999


def vectors_of_passages(model: MiniLM) -> Vectors:
    """The vectors of passages, whose tokens are counted, too."""
    batches = list(model.for_passages().embed(LONG_AND_SHORT))
    counted = sum(map(model.count_tokens, LONG_AND_SHORT))
    assert sum(batch.tokens for batch in batches) == counted
    return np.concatenate([one.vectors for one in batches])


def test_a_former_build_gives_no_sentences(upgraded: Upgraded) -> None:
    """A model of build 2 gives the passage's vector alone, one of build 3 those of sentences."""
    vector, sentences = of_passages(upgraded.former, FOUR)
    np.testing.assert_array_equal(vector, embedded(upgraded.same, [FOUR])[0])
    assert len(sentences) == (0 if upgraded.build == WITHOUT_STATES else 3)


def test_each_sentence_has_a_vector_of_its_own(upgraded: Upgraded) -> None:
    """A question about one sentence is nearest to that sentence's row, nearer than to the whole."""
    whole, rows = of_passages(upgraded.model, FOUR)
    questions = [
        "When can I buy bread?",
        "How do bees survive the cold?",
        "Did interest rates rise?",
    ]
    asked = embedded(upgraded.model, questions)
    assert (rows.shape, rows.dtype) == ((3, 384), np.float32)  # the last two sentences share one
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert (asked @ rows.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert (np.diag(asked @ rows.T) > asked @ whole).all()


@pytest.mark.parametrize("text", ["x", "Bees keep warm in winter.", "Bees. Wax. Honey."])
def test_a_passage_of_one_sentence_has_no_other_vector(upgraded: Upgraded, text: str) -> None:
    """Short sentences are joined, so a passage of a few has none of its own."""
    assert of_passages(upgraded.model, text)[1].shape == (0, 384)


def test_sentences_of_every_window_have_vectors(upgraded: Upgraded) -> None:
    """The sentences of a text longer than the window have rows, of its end as of its start."""
    moon = "The moon pulls the water of the sea twice a day, and the tides follow it slowly. "
    bees = "Bees gather nectar from the flowers of the meadow and make honey of it in summer. "
    _, rows = of_passages(upgraded.model, moon * 10 + bees * 10)
    assert upgraded.model.count_tokens(moon * 10 + bees * 10) > 254
    assert len(rows) == 16
    about = embedded(upgraded.model, [moon, bees])
    assert (rows @ about.T).argmax(axis=1).tolist() == [0] * 8 + [1] * 8

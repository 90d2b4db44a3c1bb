"""How well an embedder knows the languages of an index, as it is kept there."""

import json

import pytest

from semsearch.errors import IndexDamaged
from semsearch.store.notes.fluency import Fluency, as_note, stored_fluency
from semsearch.store.record.generations import StoredEmbedder

OWN = StoredEmbedder(1, "test:words", 64)
MEASURED = Fluency(100, {"de": 0.7, "en": 0.2, "ru": 0.1}, {"de": 0.4})


class Notes:
    """One note, of any name."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def note(self, name: str) -> str | None:
        """The note."""
        return self._value


def test_fluency_is_read_as_it_was_stored() -> None:
    """And none is none."""
    assert stored_fluency(Notes(as_note(MEASURED)), OWN) == MEASURED
    assert stored_fluency(Notes(None), OWN) is None


@pytest.mark.parametrize(
    "note",
    [
        "[]",
        '{"texts": 1, "shares": []}',
        '{"texts": 1, "languages": {"de": 0}}',
        '{"texts": 1, "languages": {"de": "0.5"}}',
        '{"texts": 1, "languages": {"\\u001b[2J": 0.5}}',
        json.dumps({"texts": 1, "shares": {"de": float("nan")}}),
        "[" * 100_000,
    ],
)
def test_fluency_with_odd_values_is_damaged(note: str) -> None:
    """A foreign index may have any, and a hash that fits."""
    with pytest.raises(IndexDamaged, match="note fluency of embedder 1"):
        stored_fluency(Notes(note), OWN)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("Kündigungsfrist", "de"),  # nothing tells it: most texts are German
        ("para Kündigung", "de"),  # Portuguese, which no text is in
        ("where is the key", "en"),
        ("Каков срок?", "ru"),
        ("où est la clé de la cave à vin", "fr"),  # enough words to tell it
    ],
)
def test_short_questions_are_in_a_language_of_the_texts(question: str, code: str) -> None:
    """Where they tell none, or one that no text is in."""
    assert MEASURED.language_of_question(question) == code

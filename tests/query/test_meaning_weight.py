"""How much the cosine counts, by embedder and language."""

import pytest

from semsearch.query.meaning_weight import MeaningWeight, meaning_weight
from semsearch.store.notes.fluency import Fluency, as_note
from semsearch.store.record.generations import StoredEmbedder

GERMAN = "Wie lange ist die Frist für die Kündigung?"
ENGLISH = "How long is the period of notice?"


class View:
    """The note of an index, and what was withheld."""

    def __init__(self, note: str | None) -> None:
        self.withheld: set[str] = set()
        self._note = note

    def note(self, name: str) -> str | None:
        """The note."""
        return self._note


def weight(uri: str, question: str, measured: Fluency | None, fluency: float = 1.0) -> float:
    """The factor on the cosine of a passage, in an index with that note."""
    return weights(uri, question, measured, fluency).passage


def weights(
    uri: str, question: str, measured: Fluency | None, fluency: float = 1.0
) -> MeaningWeight:
    """The factors in an index with that note."""
    view = View(None if measured is None else as_note(measured))
    return meaning_weight(view, StoredEmbedder(1, uri, 384), question, fluency)  # type: ignore[arg-type]


def test_an_english_model_counts_for_less_in_other_languages() -> None:
    """By what was measured, else by what is usual."""
    assert weight("local:minilm", ENGLISH, None) == 1.3
    assert weight("local:minilm", GERMAN, None) == pytest.approx(0.3)
    measured = Fluency(100, {"de": 1.0}, {"de": 0.4})
    assert weight("local:minilm", GERMAN, measured) == pytest.approx(0.2)


def test_what_was_measured_counts_for_a_model_that_nothing_is_known_of() -> None:
    """In each language."""
    measured = Fluency(100, {"de": 0.5, "en": 0.5}, {"de": 0.4})
    assert weight("local:./model", GERMAN, measured) == 0.4
    assert weight("local:./model", ENGLISH, measured) == 1


def test_words_tell_less_of_texts_in_another_language() -> None:
    """A model of many languages finds them by meaning."""
    russian = Fluency(100, {"ru": 1.0})
    assert weight("local:e5", ENGLISH, russian) > 3 * weight("local:e5", ENGLISH, None)
    assert weights("local:e5", ENGLISH, russian).title == 0
    both = Fluency(100, {"ru": 0.5, "en": 0.5})
    assert weights("local:e5", ENGLISH, both) == MeaningWeight(3.0, 3.0)
    assert weight("local:e5", ENGLISH, both) == weight("local:e5", ENGLISH, None) > 1


def test_a_damaged_note_is_withheld() -> None:
    """The fluency that the embedder tells stands in."""
    view = View("[]")
    own = StoredEmbedder(7, "local:minilm", 384)
    found = meaning_weight(view, own, ENGLISH, 0.6)  # type: ignore[arg-type]
    assert found == MeaningWeight(pytest.approx(0.78), pytest.approx(0.78))
    assert view.withheld == {"the note fluency of embedder 7"}

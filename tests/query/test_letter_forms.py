"""Words are found however they are spelled on the keyboard or in the file."""

import unicodedata
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import found, index


@pytest.fixture
def notes(tmp_path: Path, words: WordEmbedder) -> Path:
    """Notes in other letters than a person types, one under a name of decomposed letters."""
    texts = {
        "nfd.txt": unicodedata.normalize("NFD", "Die Bahn fährt über Köln nach Düren."),
        "nfc.txt": "Der Zug fährt über Bonn.",
        "curly.txt": "Don\u2019t forget the driver\u2019s licence.",
        "straight.txt": "Don't lose the ticket.",
        "shy.txt": "The cro\u00adco\u00addile waits.",
        unicodedata.normalize("NFD", "Ärger.txt"): "Grief and trouble.",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    index(tmp_path, words)
    return tmp_path


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ('"fährt über Köln"', "nfd.txt"),
        (unicodedata.normalize("NFD", '"fährt über Bonn"'), "nfc.txt"),
        ('"Don\'t forget"', "curly.txt"),
        ('"don\u2019t lose"', "straight.txt"),
        ('"crocodile waits"', "shy.txt"),
        ('"cro\u00adco\u00addile waits"', "shy.txt"),
        ('"FÄHRT ÜBER BONN"', "nfc.txt"),
    ],
)
def test_quoted_words_are_compared_as_people_type(
    notes: Path, words: WordEmbedder, question: str, path: str
) -> None:
    """Composed and decomposed letters, both apostrophes and soft hyphens make no difference."""
    assert found(notes, question, words) == [path]


def test_words_are_excluded_as_they_are_quoted(notes: Path, words: WordEmbedder) -> None:
    """An excluded phrase leaves out texts in other letters, too."""
    assert "nfd.txt" not in found(notes, 'fährt über -"über Köln"', words)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_path_is_filtered_in_either_form(notes: Path, words: WordEmbedder, form: str) -> None:
    """A glob finds a file whose name has decomposed letters."""
    question = unicodedata.normalize(form, "grief path:Ärger*")
    assert [unicodedata.normalize("NFC", path) for path in found(notes, question, words)] == [
        "Ärger.txt"
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_citation_is_shown_in_either_form(notes: Path, form: str) -> None:
    """``show`` takes a path as a person types it."""
    shown = semsearch.show(unicodedata.normalize(form, "Ärger.txt:1"), index=notes)
    assert [row.text for row in shown.rows] == ["Grief and trouble."]

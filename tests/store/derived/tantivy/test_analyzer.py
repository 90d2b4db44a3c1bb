"""The analyzer splits texts into words, in many languages."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.text.languages import language_of
from semsearch.settings.schema import Settings
from semsearch.store.derived.tantivy.analyzer import forms_asked_for, words_of

LANGUAGES = Path(__file__).parents[3] / "languages"
QUESTIONS = json.loads((LANGUAGES / "questions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", sorted(QUESTIONS))
def test_words_find_their_passage_in_every_language(
    code: str, indexed: Path, words: WordEmbedder
) -> None:
    """Paraphrased questions find their passage, ten in each language."""
    for question, section in QUESTIONS[code].items():
        answer = semsearch.search(
            question, index=indexed, embedder=words, mode="keyword", limit=1, min_relevance=0
        )
        assert [hit.location.path for hit in answer.hits] == [f"{code}.md"], question
        assert answer.hits[0].location.headings[-1] == section, question


@pytest.mark.parametrize("code", sorted(QUESTIONS))
def test_languages_are_told(code: str) -> None:
    """The language of texts and questions is detected."""
    assert language_of((LANGUAGES / f"{code}.md").read_text(encoding="utf-8")) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The cat sat on the mat and was happy.", "en"),
        ("Le chat est sur la table et il dort.", "fr"),
        ("El gato está en la mesa y no se mueve.", "es"),
        ("Il gatto è sul tavolo e non si muove.", "it"),
        ("O gato está em cima da mesa e não se mexe.", "pt"),
        ("De kat zit op de tafel en het is niet bang.", "nl"),
        ("Katten sitter på bordet och den är inte rädd.", "sv"),
        ("Kissa on pöydällä ja se ei pelkää.", "fi"),
        ("A macska az asztalon ül és nem fél.", "hu"),
        ("Kedi masada oturuyor ve çok mutlu değil.", "tr"),
        ("Kot siedzi na stole i nie boi się.", "pl"),
        ("Кіт сидить на столі, і йому тепло.", "uk"),
        ("Котката стои на масата, където е топло, и това ѝ харесва, защото обича ъгъла.", "bg"),
        ("گربه روی میز است و پنجره باز است", "fa"),
        ("Η γάτα κάθεται στο τραπέζι.", "el"),
        ("החתול יושב על השולחן", "he"),
        ("बिल्ली मेज पर बैठी है", "hi"),
        ("แมวนั่งอยู่บนโต๊ะ", "th"),
        ("x = f(y)", None),
        ("42", None),
        ("", None),
    ],
)
def test_short_texts_tell_their_language(text: str, code: str | None) -> None:
    """The language of a short text is detected by its letters or its small words."""
    assert language_of(text) == code


def test_vowel_signs_do_not_cut_words() -> None:
    """Combining vowel signs are part of a word."""
    assert words_of("हिन्दी में क्या")[1] == ["हिन्दी", "में", "क्या"]


def test_unspaced_writing_is_found_by_pairs_and_by_single_letters() -> None:
    """A single letter is searched as a letter, a run of letters as pairs."""
    assert words_of("東京都")[1] == ["東京", "京都", "東", "京", "都"]
    assert forms_asked_for("東京", ["ja"]) == [("東京",)]
    assert forms_asked_for("東", ["ja"]) == [("東",)]


def test_identifiers_are_found_whole_and_by_their_parts() -> None:
    """Camel case, snake case and version numbers are indexed whole and in parts."""
    found = words_of("call parseHttpRequest or max_retry_count, fixed CVE-2024-12345 in 2.10.1")[1]
    assert {"parsehttprequest", "http", "request", "max_retry_count", "retri"} <= set(found)
    assert {"cve-2024-12345", "2.10.1", "cve"} <= set(found)
    assert ("cve-2024-12345",) in forms_asked_for("CVE-2024-12345", ["en"])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_in_whatever_form_has_the_same_words(text: str) -> None:
    """Composed and decomposed Unicode give equal words, and no word has a space."""
    composed, decomposed = (
        words_of(unicodedata.normalize(form, text))[1] for form in ("NFC", "NFD")
    )
    assert sorted(composed) == sorted(decomposed) or not text.isascii()
    assert all(word and not word.isspace() for word in composed)
    forms_asked_for(text, ["en", "de", None])


def test_accents_may_be_characters_of_their_own() -> None:
    """Decomposed accents, as in file names of macOS, find composed ones."""
    assert words_of("cafe\u0301")[1] == words_of("caf\u00e9")[1]


@pytest.fixture(scope="module")
def words() -> WordEmbedder:
    """An embedder without a model."""
    return WordEmbedder()


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, words: WordEmbedder) -> Path:
    """An index of texts in all languages."""
    folder = tmp_path_factory.mktemp("languages")
    for path in LANGUAGES.glob("*.md"):
        (folder / path.name).write_bytes(path.read_bytes())
    semsearch.index(folder, embedder=words, settings=Settings())
    return folder

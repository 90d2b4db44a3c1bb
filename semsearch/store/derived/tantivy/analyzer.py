"""Split texts and questions into the words of the keyword index.

Words are stemmed by the language of the text. Scripts without spaces are split into pairs of
neighbouring letters, as in Lucene's CJK analysis. Identifiers are indexed whole and in parts.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final

import tantivy

from semsearch.documents.text.languages import language_of
from semsearch.documents.text.unspaced import UNSPACED

_LONGEST_WORD: Final = 64  # UTF-8 bytes; longer words are dropped
_LOOKED_AT: Final = 500  # characters of a passage that its language is detected from
_NO_STEMMER: Final = ""
_USUAL: Final = "en"  # for Latin letters in no known language: names, codes, notes

# ISO 639-1 code → Snowball stemmer of Tantivy.
_STEMMERS: Final = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip

_WORD: Final = r"[\p{L}\p{N}\p{M}]+"  # in the notation of Rust's regex
_MARKED: Final = re.compile("[\u0300-\u036f\u0590-\u109f\u1700-\u1aff]")  # combining marks
_JOINED: Final = re.compile(
    r"(?<![^\W_])[^\W_]++(?:[_.:/-][^\W_]++)+"
)  # snake_case, CVE-2024-1234, 2.0.1
_JOINTS: Final = re.compile(r"[_.:/-]+")
_IS_CODE: Final = re.compile(r"[\d_]")
_HUMP: Final = re.compile(r"[a-z][A-Z]")
_CAMEL: Final = re.compile(r"[A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*")
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words_of(text: str) -> tuple[str | None, list[str]]:
    """The language of a text (ISO 639-1; None if unknown), and its words.

    >>> words_of("The bees were swarming in the garden")
    ('en', ['the', 'bee', 'were', 'swarm', 'in', 'the', 'garden'])
    >>> words_of("水温")[1], words_of("max_retries = 3")[1]
    (['水温', '水', '温'], ['max', 'retri', '3', 'max_retries'])
    """
    language = language_of(text[:_LOOKED_AT])
    analyzer = _stemming(_stemmer_of(language), bool(_MARKED.search(text)))
    return language, [*analyzer.analyze(_prepared(text)), *_letters(text), *_identifiers(text)]


def stems_of(text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The language of a text, and its words as (stem, word).

    >>> stems_of("The bees were swarming")[1]
    [('the', 'the'), ('bee', 'bees'), ('were', 'were'), ('swarm', 'swarming')]
    """
    language = language_of(text[:_LOOKED_AT])
    stemmer = _stemmer_of(language)
    words = _plain().analyze(_prepared(text))
    return language, [(stem, word) for word in words if (stem := _stem(word, stemmer))]


@lru_cache(maxsize=100_000)
def _stem(word: str, stemmer: str) -> str:
    return next(iter(_stemming(stemmer, bool(_MARKED.search(word))).analyze(word)), "")


def forms_asked_for(question: str, languages: Iterable[str | None]) -> list[tuple[str, ...]]:
    """Each word of a question, once, as the stems that it has in some languages.

    >>> forms_asked_for("wilde Bienen", ["de", "en"])
    [('wild',), ('bienen', 'bien')]
    """
    return list(words_asked_for(question, languages))


def words_asked_for(
    question: str, languages: Iterable[str | None]
) -> Mapping[tuple[str, ...], Sequence[str]]:
    """The stems of each word of a question → the words that have them, as often as they stand.

    >>> words_asked_for("one bee or two bees", ["en"])[("bee",)]
    ['bee', 'bees']
    """
    stemmers = sorted({_stemmer_of(language) for language in languages})
    return _forms(question, tuple(stemmers))


@lru_cache(maxsize=16)  # several searches for a question follow each other
def _forms(question: str, stemmers: tuple[str, ...]) -> Mapping[tuple[str, ...], list[str]]:
    analyzers = [_stemming(stemmer, True) for stemmer in stemmers or [_NO_STEMMER]]
    asked: dict[tuple[str, ...], list[str]] = {}
    for word in _plain().analyze(_prepared(question)):
        forms = tuple(dict.fromkeys(form for each in analyzers for form in each.analyze(word)))
        if forms:
            asked.setdefault(forms, []).append(word)
    for whole in (*_letters(question, alone=True), *_identifiers(question)):
        asked.setdefault((whole,), [whole])
    return asked


def plain_words(text: str) -> list[str]:
    """The words of a text in lower case.

    >>> plain_words("The Bees (2024)")
    ['the', 'bees', '2024']
    """
    # Names of files may have bytes that are no text, which Python keeps as lone surrogates.
    words: list[str] = _plain().analyze(_prepared(text.encode(errors="replace").decode()))
    return words


def stem_in(language: str | None, word: str) -> str:
    """The stem that a word has in a language.

    >>> stem_in("de", "bienen"), stem_in("en", "bienen")
    ('bien', 'bienen')
    """
    return _stem(word, _stemmer_of(language))


def parts_of(
    asked: Sequence[tuple[str, ...]], languages: Iterable[str | None]
) -> dict[int, tuple[int, ...]]:
    """The position of each identifier among the words of a question → those of its parts.

    >>> parts_of(forms_asked_for("what is max_retries", ["en"]), ["en"])
    {4: (2, 3)}
    """
    spoken = list(languages)
    place = {forms: at for at, forms in enumerate(asked)}
    return {
        at: tuple(
            place[part]
            for part in forms_asked_for(_JOINTS.sub(" ", forms[0]), spoken)
            if part in place
        )
        for at, forms in enumerate(asked)
        if _JOINTS.search(forms[0])
    }


def _stemmer_of(language: str | None) -> str:
    return _STEMMERS.get(language or _USUAL, _NO_STEMMER)


def _prepared(text: str) -> str:
    """The text with identifiers split, and pairs of letters where a script has no spaces."""
    if _HUMP.search(text):
        text = _CAMEL.sub(lambda name: f"{name[0]} {_HUMPS.sub(' ', name[0])}", text)
    if text.isascii():
        return text
    return _unspaced().sub(lambda run: f" {' '.join(_pairs(run[0]))} ", _composed(text))


@cache
def _unspaced() -> re.Pattern[str]:
    """Runs of letters of scripts without blanks.

    Compiled at the first text that is not ASCII, as that takes a millisecond or two.
    """
    return re.compile(f"[{UNSPACED}]+")


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]


def _letters(text: str, *, alone: bool = False) -> Iterator[str]:
    """Single letters of scripts without spaces; with ``alone`` only runs of one letter."""
    if not text.isascii():
        for run in _unspaced().findall(_composed(text)):
            if not alone or len(run) == 1:
                yield from run


def _identifiers(text: str) -> Iterator[str]:
    for name in _JOINED.findall(text):
        if _IS_CODE.search(name) and len(name) <= _LONGEST_WORD:
            yield name.lower()


def _composed(text: str) -> str:
    """The text in Unicode NFKC: composed accents, usual forms of wide and half-width letters."""
    return unicodedata.normalize("NFKC", text)


@cache
def _stemming(stemmer: str, is_marked: bool) -> Any:
    """An analyzer to lower case, stems and letters without accents: "grosse" finds "Größe"."""
    # The simple tokenizer is four times as fast, but splits at combining vowel signs (Hindi).
    tokenizer = tantivy.Tokenizer.regex(_WORD) if is_marked else tantivy.Tokenizer.simple()
    builder = _builder(tokenizer)
    if stemmer:
        builder = builder.filter(tantivy.Filter.stemmer(stemmer))
    return builder.filter(tantivy.Filter.ascii_fold()).build()


@cache
def _plain() -> Any:
    return _builder(tantivy.Tokenizer.regex(_WORD)).build()


def _builder(tokenizer: Any) -> Any:
    return (
        tantivy.TextAnalyzerBuilder(tokenizer)
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
    )

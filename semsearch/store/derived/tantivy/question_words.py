"""What a question asks the keyword index for: its words with their weights.

- A word counts as often as the question says it; a function word once, and half, beside others.
- ``Haftpflicht*`` stands for every word of the index that begins so.
- A German, Dutch or Scandinavian compound also asks for its parts: "Rechtschreiboptionen" finds
  "Optionen für die Rechtschreibung".
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from semsearch.documents.text.languages import language_of, small_words
from semsearch.documents.text.word_starts import word_starts
from semsearch.store.derived.tantivy.analyzer import stem_in, words_asked_for

_NO_STEMMER: Final = "und"  # no language: letters in lower case without accents

# Languages that write a compound of nouns as one word, and what joins its parts.
_COMPOUNDING: Final[Mapping[str, tuple[str, ...]]] = {
    "de": ("", "s", "es", "n", "en", "er"),
    "nl": ("", "s", "en", "e"),
    "sv": ("", "s"),
    "da": ("", "s", "e"),
    "no": ("", "s", "e"),
}
# nDCG@10 in hybrid of the sample corpus and of the chunking evaluation: 0.852 and 0.823 where they
# count in full, 0.840 and 0.829 where they do not count, 0.847 and 0.827 with this weight.
_FUNCTION_WORD: Final = 0.5
_LEAST_COMPOUND: Final = 9  # letters
_LEAST_PART: Final = 4
_MOST_COMPOUNDS: Final = 64  # words of a question that are taken apart, as that takes 0.5 ms each
# nDCG@10 by words of 220 titles of pages of a manual, German, Dutch and Swedish: 0.712, 0.723 and
# 0.686 without parts, 0.731, 0.745 and 0.708 with this weight; half a word is too much in Dutch.
_PART: Final = 0.4  # of the weight of a word

_K1: Final = 1.2  # of BM25, as in Tantivy

TextsWith = Callable[[str], int]  # a stem → how many texts of the index have it
StemsFrom = Callable[[str], Iterable[str]]  # a start → stems of the index that begin so


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of a question: the stems of which a text needs one, and its weight.

    ``said`` are the words of the question that have these stems, in lower case; a part of a
    compound has none.
    """

    forms: tuple[str, ...]
    weight: float
    said: tuple[str, ...] = ()


def asked_words(
    question: str, languages: Sequence[str | None], texts_with: TextsWith, stems_from: StemsFrom
) -> list[AskedWord]:
    """The words by which BM25 ranks the texts of an index in some ``languages``."""
    said = words_asked_for(question, languages)
    function_words = small_words(language_of(question) or "")
    telling = {
        forms: words for forms, words in said.items() if not function_words.issuperset(words)
    }
    begun = _begun(question, stems_from)
    asked = [
        AskedWord(
            _widened(forms, words, begun),
            len(words) if forms in telling or not telling else _FUNCTION_WORD,
            tuple(words),
        )
        for forms, words in said.items()
    ]
    long = (words for words in telling.values() if len(words[0]) >= _LEAST_COMPOUND)
    asked += [
        AskedWord((part,), _PART * len(words))
        for words in islice(long, _MOST_COMPOUNDS)
        for part in _parts(words[0], languages, texts_with)
    ]
    return asked


def most_bm25(entries: int, entries_with_word: int) -> float:
    """The most that one word adds to a BM25 score: (k1 + 1) times its inverse frequency.

    In Tantivy k1 is 1.2 and the inverse frequency ln(1 + (N - n + 0.5) / (n + 0.5)).
    """
    without = entries - entries_with_word
    return (_K1 + 1) * math.log(1 + (without + 0.5) / (entries_with_word + 0.5))


def forms_in(
    question: str, languages: Sequence[str | None], stems_from: StemsFrom
) -> list[tuple[str, ...]]:
    """Each word of a question, once, as the stems of which a text needs one to have it."""
    begun = _begun(question, stems_from)
    said = words_asked_for(question, languages)
    return [_widened(forms, words, begun) for forms, words in said.items()]


def _begun(question: str, stems_from: StemsFrom) -> Mapping[str, tuple[str, ...]]:
    """The start of each word that ends in ``*`` → the stems of the index that begin so."""
    starts = {start.lower() for start in word_starts(question)}
    return {start: tuple(stems_from(stem_in(_NO_STEMMER, start))) for start in starts}


def _widened(
    forms: tuple[str, ...], words: Sequence[str], begun: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    more = (form for word in words for form in begun.get(word, ()))
    return tuple(dict.fromkeys((*forms, *more)))


def _parts(word: str, languages: Sequence[str | None], texts_with: TextsWith) -> tuple[str, ...]:
    """The stems of the two words that a compound is made of; none where it is no compound.

    Of several ways to take it apart, that with the longer shorter part is taken.
    """
    ways = [
        (min(len(head), len(tail)), (stem_in(language, head), stem_in(language, tail)))
        for language in languages
        for head, tail in _cuts(word, _COMPOUNDING.get(language or "", ()))
        if texts_with(stem_in(language, tail)) and texts_with(stem_in(language, head))
    ]
    return max(ways, default=(0, ()))[1]


def _cuts(word: str, joints: Sequence[str]) -> Iterable[tuple[str, str]]:
    for at in range(_LEAST_PART, len(word) - _LEAST_PART + 1):
        for joint in joints:
            head = word[:at].removesuffix(joint) if word[:at].endswith(joint) else ""
            if len(head) >= _LEAST_PART:
                yield head, word[at:]

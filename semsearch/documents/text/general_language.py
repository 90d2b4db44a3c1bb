"""How usual a word is in general language, whatever an index is about.

A small index does not know which words are usual: in three files "the" is as rare as "kinase".
"""

import math
from functools import cache
from pathlib import Path
from typing import Final

from semsearch.documents.text.languages import script_of, small_words

_WORDS: Final = 150  # in a passage of usual length
# Zipf: the word of rank r is about 0.08 / r of a text's words.
_ZIPF: Final = 0.08
_UNLISTED_RANK: Final = 40_000
_SMALL_WORD: Final = 0.95  # share of passages that have a function word: it tells nothing
_UNSPACED: Final = 0.02  # and that have a pair of letters of a script without spaces
_NUMBERS: Final = {1: 0.3, 2: 0.1, 4: 0.05}  # by the number of digits; years have four
_LONG_NUMBER: Final = 0.005
_UNSPACED_SCRIPTS: Final = frozenset({"ja", "han", "ko", "th"})
# Function words of English questions that hardly stand in texts of other kinds.
_ASKING: Final = frozenset(
    "which there do doe did will would could should may i me my your our us much many long"
    " show tell give find list explain describ pleas".split()
)


def share_of_passages(stem: str, language: str | None = None) -> float:
    """The share of all passages, of any subject, that have a word; more than 0, at most 1.

    ``stem`` is a word as the keyword index has it, ``language`` the question's (ISO 639-1), where
    it is known. Words of other languages than English, but for their function words, count as rare.

    >>> round(share_of_passages("the"), 2), round(share_of_passages("kettl"), 4)
    (1.0, 0.0012)
    >>> share_of_passages("wann", "de")
    0.95
    """
    rank = _ranks().get(stem, _UNLISTED_RANK)
    share = 1 - math.exp(-_WORDS * _ZIPF / rank)
    if stem in _ASKING or stem in small_words(language or "en"):
        return max(share, _SMALL_WORD)
    if stem.isdecimal():
        return _NUMBERS.get(len(stem), _LONG_NUMBER)
    if len(stem) == 1 and stem.isascii():
        return _SMALL_WORD
    if not stem.isascii() and script_of(stem[0]) in _UNSPACED_SCRIPTS:
        return max(share, _UNSPACED)
    return share


def is_known(stem: str) -> bool:
    """Whether a word is one of the more frequent of English."""
    return stem in _ranks()


@cache
def _ranks() -> dict[str, int]:
    """The rank of each stem, from 1.

    ``scripts/make_english_stems`` makes the file from the vocabulary of BERT (Devlin and others,
    2018; github.com/google-research/bert, Apache License 2.0), which is sorted by frequency.
    """
    listed = Path(__file__).with_name("english_stems.txt").read_text("utf-8").split()
    return {stem: rank for rank, stem in enumerate(listed, start=1)}

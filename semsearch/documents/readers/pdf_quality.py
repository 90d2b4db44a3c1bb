"""How well the text of a page was read, measured without a dictionary."""

import re
import unicodedata
from typing import Final

# A page below this is asked of another reader: 10 % of 676 pages of 50 manuals and scores are.
# They are music, tables of symbols and programs, in which both readers see the same.
LEAST_QUALITY: Final = 0.9
_VOWELS: Final = (0.2, 0.65)  # share of letters; 0.38 in English, 0.15 in letters put for others
_MOST_UPPER: Final = 0.25  # share of the upper half of Latin-1; 0.15 in Icelandic, most in codes
_LEAST_LETTERS: Final = 0.5  # share of what is shown, in a text that is no table
_USUAL_SINGLE: Final = 0.15  # share of words of one letter in prose, with variables and initials
_LONGEST: Final = 30  # letters; a longer word is several
_UNREADABLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
# Words of scripts that put blanks between them: not of Chinese, Japanese, Thai, Lao, Khmer.
_WORD: Final = re.compile(
    "[^\\W\\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+"
)
_RUN: Final = re.compile(r"([^\w\s])(?:\s*\1)+")  # leaders of a table of contents, rules of a table
_QUOTES: Final = str.maketrans("‘’", "`'")  # of ASCII, in PostScript's encoding of it
_LEAST_CODES: Final = 20  # signs; fewer may be a sum
_LEAST_WORDS: Final = 20  # below it shares of words tell nothing


def quality(text: str) -> float:
    """Return how much of a page's text can be words, 0 to 1.

    1 less three shares: glyphs without a meaning, of all characters; words of one letter beyond the
    usual share, of all words (words that kerning has split); letters in words longer than 30, of
    all letters (words that have lost their blanks). Of a text without words it is 1 less the first.
    """
    shown = len(text) - sum(map(text.count, " \n"))
    if not shown:
        return 1.0
    unmapped = len(_UNREADABLE.findall(text)) / shown
    words = _WORD.findall(text)
    split = joined = 0.0
    if len(words) >= _LEAST_WORDS:
        single = sum(len(word) == 1 for word in words) / len(words)
        split = max(0.0, single - _USUAL_SINGLE) / (1 - _USUAL_SINGLE)
    if words:
        joined = sum(len(word) for word in words if len(word) > _LONGEST) / sum(map(len, words))
    return max(0.0, 1.0 - unmapped - split - joined)


def are_words(text: str) -> bool:
    """Whether letters are what they seem to be: codes of a font without a meaning look like others.

    Most of the text must be letters; of Latin letters some must be vowels, and few accented.
    """
    upper = sum("\xa0" < mark <= "\xff" for mark in text)
    if upper > _MOST_UPPER * len(text):
        return False
    plain = unicodedata.normalize("NFD", text).lower()
    letters = [mark for mark in plain if mark.isalpha()]
    shown = sum(not mark.isspace() and not unicodedata.combining(mark) for mark in plain)
    latin = [mark for mark in letters if "a" <= mark <= "z"]
    vowels = sum(mark in "aeiouy" for mark in latin) / len(latin) if latin else 0.0
    is_latin = 2 * len(latin) > len(letters)
    is_spoken = not is_latin or _VOWELS[0] <= vowels <= _VOWELS[1]
    return bool(letters) and is_spoken and len(letters) >= _LEAST_LETTERS * shown


def are_codes(text: str) -> bool:
    """Whether a text has the numbers of glyphs for letters, in the order in which they came.

    They are counted from the first sign of ASCII, so that most frequent letters are signs. (Runs of
    a sign count once.)
    """
    shown = "".join(_RUN.sub(r"\1", text).split())
    signs = sum(not mark.isalnum() for mark in shown)
    return signs >= _LEAST_CODES and 2 * signs > len(shown) and shown.translate(_QUOTES).isascii()

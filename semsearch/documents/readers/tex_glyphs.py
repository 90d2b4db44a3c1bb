"""Glyphs of TeX's bitmap fonts that a program has taken for those of Zapf Dingbats."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from fontTools import agl

from semsearch.documents.readers.pdf_fonts import tex_encoding

_NUMBERS: Final = range(1, 207)  # of the glyphs of Zapf Dingbats, a1 to a206
_SMALL: Final = frozenset(range(ord("a"), ord("z") + 1))
_LEAST_LETTERS: Final = 5  # small letters of a font of text
_MOST_CODE: Final = 255


def texts_of_dingbats(used: Mapping[bytes, Collection[str]]) -> dict[bytes, dict[str, str]]:
    """Return what characters mean in fonts whose glyphs are named by their numbers.

    ``used`` are the characters of each font of a page. Programs write bitmap fonts of TeX so, and
    Ghostscript takes a65 for a glyph of Zapf Dingbats. If dingbats are letters in a font, they are
    none in all; a number that is none of a dingbat is the code of its character.
    """
    numbers = {font: _numbered(letters) for font, letters in used.items()}
    if not any(_is_text(found.values()) for found in numbers.values()):
        return {}
    return {font: _meant(found) for font, found in numbers.items() if found}


def _numbered(letters: Collection[str]) -> dict[str, int]:
    """The number of each character of a font; nothing for one without dingbats."""
    numbers = {letter: _numbers()[letter] for letter in letters if letter in _numbers()}
    codes = {
        letter: ord(letter)
        for letter in letters
        if letter not in numbers and len(letter) == 1 and ord(letter) <= _MOST_CODE
    }
    return numbers | codes if numbers else {}


def _is_text(numbers: Collection[int]) -> bool:
    return len(_SMALL.intersection(numbers)) >= _LEAST_LETTERS


def _meant(numbers: Mapping[str, int]) -> dict[str, str]:
    names = {number: f"/a{number}" for number in numbers.values()}
    texts = tex_encoding(names, names.values())
    return {letter: texts.get(number, letter) for letter, number in numbers.items()}


@cache
def _numbers() -> dict[str, int]:
    """The number in the name of each dingbat."""
    found = {number: agl.toUnicode(f"a{number}", isZapfDingbats=True) for number in _NUMBERS}
    return {text: number for number, text in found.items() if text}

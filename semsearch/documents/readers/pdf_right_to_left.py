"""Rows with Hebrew or Arabic letters, which a PDF draws from the left: their reading order."""

import re
import unicodedata
from typing import Final

# Letters that are written from the right; not the digits of Arabic and Persian, as numbers are.
_RTL: Final = (
    "\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff"
)
_HAS_RTL: Final = re.compile(f"[{_RTL}]")
_LTR_LETTER: Final = rf"[^\W\d_{_RTL}]"
_PHRASE: Final = re.compile(  # left to right within right to left: words and numbers
    rf"(?:{_LTR_LETTER}|\d)(?:[^{_RTL}]*(?:{_LTR_LETTER}|\d))?[%°]?"
)
_NUMBER: Final = re.compile(
    r"[\d\u0660-\u0669\u06f0-\u06f9](?:[\d\u0660-\u0669\u06f0-\u06f9.,:/-]*[\d\u0660-\u0669\u06f0-\u06f9])?%?"
)
_RTL_PHRASE: Final = re.compile(rf"[{_RTL}](?:(?:(?!{_LTR_LETTER}).)*[{_RTL}])?")
_PRESENTATION: Final = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")


def has_right_to_left(text: str) -> bool:
    """Whether a text has letters that are written from the right."""
    return not text.isascii() and _HAS_RTL.search(text) is not None


def in_reading_order(text: str) -> str:
    """Return letters that one glyph stands for, as they are put into a row: from the left."""
    return text[::-1] if has_right_to_left(text) else text


def logical(row: str) -> str:
    """Return a row, given as it looks from the left, in the order in which it is read.

    The inverse of the bidirectional algorithm for what rows of text have: words in one direction
    with phrases and numbers in the other (Unicode Standard Annex 9). Presentation forms become
    letters. Brackets stay: programs write what they mean, and not what their mirrored shapes are.

    >>> logical("321 \\u05d0\\u05d1")
    '\\u05d1\\u05d0 321'
    """
    rtl = len(_HAS_RTL.findall(row))
    ltr = sum(mark.isalpha() for mark in row) - rtl
    turned = _turned(row) if rtl >= ltr else _RTL_PHRASE.sub(lambda one: _turned(one[0]), row)
    plain = _PRESENTATION.sub(lambda found: unicodedata.normalize("NFKC", found[0]), turned)
    return " ".join(plain.split())


def _turned(row: str) -> str:
    """The row from the right, but for phrases and numbers, which stay as they are."""
    pieces: list[str] = []
    end = len(row)
    for start, stop in reversed(_kept(row)):
        pieces += [row[stop:end][::-1], row[start:stop]]
        end = start
    pieces.append(row[:end][::-1])
    return "".join(pieces)


def _kept(row: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for phrase in _PHRASE.finditer(row):
        if any(mark.isalpha() for mark in phrase[0]):
            spans.append(phrase.span())
        else:
            start = phrase.start()
            numbers = _NUMBER.finditer(phrase[0])
            spans += [(start + one.start(), start + one.end()) for one in numbers]
    return spans

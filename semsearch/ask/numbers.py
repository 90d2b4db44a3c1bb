"""Numbers in a text, in digits and in words, by their values."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from semsearch.ask.number_words import (
    HALF,
    HALF_OF_CLAIM,
    HALVES,
    ONES,
    is_joined,
    ordinal_of,
    value_of,
)
from semsearch.ask.units import unit_of

# 1,000 or 1.000 or 1'000 or 1 000 (groups of three), else digits with points and commas: 1.5, 2.3.1
_NUMBER: Final = re.compile(
    r"(?<![0-9])(?:[0-9]{1,3}(?:(?P<sign>[.,'’ ])[0-9]{3})(?:(?P=sign)[0-9]{3})*(?![0-9])"
    r"(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)*)"
)
_GROUPS: Final = re.compile(r"[0-9]{1,3}(?:[.,'’ ][0-9]{3})+")
_SPACED: Final = re.compile("[\u00a0\u2007\u2009\u202f]")
_PERCENT: Final = re.compile(r"\s*(?:%|per ?cent\b|prozent\b|pour ?cent\b|por ciento\b)", re.I)
_SCALES: Final = {
    **dict.fromkeys(("thousand", "tausend", "mille", "mil", "mila", "duizend", "k"), 10**3),
    **dict.fromkeys(("million", "millions", "millionen", "mio", "millón", "millones"), 10**6),
    **dict.fromkeys(("milione", "milioni", "miljoen"), 10**6),
    **dict.fromkeys(("billion", "billions", "milliarde", "milliarden", "mrd", "milliard"), 10**9),
    **dict.fromkeys(("milliards", "miliardo", "miliardi", "miljard", "bn"), 10**9),
    **dict.fromkeys(("mn", "mln"), 10**6),
    **dict.fromkeys(("trillion", "trillions", "billionen", "billones", "tn"), 10**12),
    **dict.fromkeys(("lakh", "lakhs"), 10**5),
    **dict.fromkeys(("crore", "crores"), 10**7),
}
# "3 M" is of a unit, "3M" of a million.
_SCALE: Final = re.compile(
    rf"[ -]?((?i:{'|'.join(sorted(_SCALES, key=len, reverse=True))}))\b|(?<=[0-9])([MB])\b"
)
_LETTERS: Final = {"M": 10**6, "B": 10**9}
_ORDINAL_END: Final = re.compile(r"(?:st|nd|rd|th|e|er|ème|te[nrs]?)\b")
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WORD: Final = re.compile(r"[^\W\d_]+")
_MINUS: Final = re.compile(
    r"(?:(?<![^\s(\[|:;,])[-−–]|\b(?:minus|moins|menos|meno|negative) )$", re.I
)
_BEFORE: Final = 10  # characters in which a minus may stand


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, its possible values, and whether it is a share in percent.

    ``parts`` are those of "12 300", which may be two numbers. ``unit`` is None where none is known.
    """

    written: str
    values: frozenset[str]
    is_percent: bool = False
    parts: tuple[str, ...] = ()
    unit: str | None = None
    is_negative: bool = False


def numbers_in(text: str, *, with_one: bool = False) -> Iterator[Number]:
    """Yield the numbers of a text; ``with_one`` also articles that may mean 1.

    >>> [sorted(number.values) for number in numbers_in("1,200 € or 12 % of 1.5 million, twelve")]
    [['1.200', '1200'], ['12'], ['1500000'], ['12']]
    """
    text = _SPACED.sub(" ", unicodedata.normalize("NFC", text))
    for found in _NUMBER.finditer(text):
        written, end = found[0], found.end()
        scale = 1
        if scaled := _SCALE.match(text, end):
            scale, end = _scale(scaled), scaled.end()
        unit = unit_of(text, found.start(), end)
        if percent := _PERCENT.match(text, end):
            unit, end = "%", percent.end()
        values = frozenset(_values(written, scale))
        parts = tuple(part.lstrip("0") or "0" for part in written.split()) if " " in written else ()
        if _ORDINAL_END.match(text, end):
            values |= {f"no. {written}"}
        minus = _MINUS.search(text, max(0, found.start() - _BEFORE), found.start())
        yield Number(
            text[found.start() : end], values, percent is not None, parts, unit, minus is not None
        )
    yield from _in_words(text, with_one=with_one)


def _values(written: str, scale: int) -> Iterator[str]:
    """Possible values: 1.200 is 1200 or 1.2 to three digits, which is another value than 1.2."""
    plain = written.replace(" ", "").replace("'", "").replace("’", "")
    signs = [sign for sign in plain if not sign.isdigit()]
    is_grouped = _GROUPS.match(written) is not None
    if is_grouped or not signs:
        whole, decimals = plain, ""
        if len(set(signs)) > 1 or (signs and not _GROUPS.fullmatch(written)):
            whole, _, decimals = plain.rpartition(signs[-1])
        yield _scaled("".join(filter(str.isdigit, whole)), decimals, scale)
    if len(signs) == 1:
        whole, _, decimals = plain.partition(signs[0])
        if is_grouped:
            yield f"{whole}.{decimals}"
        else:
            yield _scaled(whole, decimals, scale)
    elif signs and not is_grouped:
        yield plain  # a version or an address: 2.3.1


def _scaled(whole: str, decimals: str, scale: int) -> str:
    """The canonical text of a number: no zeros before it, none behind its decimals."""
    digits = len(str(scale)) - 1
    shifted = decimals.ljust(digits, "0")
    whole, decimals = whole + shifted[:digits], shifted[digits:].rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole


def _scale(found: re.Match[str]) -> int:
    return _LETTERS[found[2]] if found[2] else _SCALES[found[1].casefold()]


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Words with their offsets; of one with hyphens that is no number its parts: three-month."""
    for found in _TOKEN.finditer(text):
        if "-" not in found[0] or value_of(found[0]) is not None:
            yield found[0], found.start(), found.end()
        else:
            for part in _WORD.finditer(text, found.start(), found.end()):
                yield part[0], part.start(), part.end()


def _in_words(text: str, *, with_one: bool) -> Iterator[Number]:
    """Numbers in words; "twenty-five", "twenty five" and "three hundred" are one number each."""
    tokens = list(_tokens(text))
    at = 0
    while at < len(tokens):
        word, start, end = tokens[at]
        at += 1
        value = value_of(word)
        if value is None:
            yield from _other_words(word, is_evidence=with_one)
            continue
        while at < len(tokens) and tokens[at][1] - end == 1:
            more = value_of(tokens[at][0])
            if more is None or not is_joined(value, more):
                break
            value = value * more if more >= 100 else value + more
            end = tokens[at][2]
            at += 1
        scale = _SCALE.match(text, end)
        if scale is not None and (factor := _scale(scale)) > value:
            value, end = value * factor, scale.end()
        percent = _PERCENT.match(text, end) is not None
        unit = "%" if percent else unit_of(text, start, end)
        minus = _MINUS.search(text, max(0, start - _BEFORE), start)
        yield Number(text[start:end], frozenset({str(value)}), percent, (), unit, minus is not None)


def _other_words(word: str, *, is_evidence: bool) -> Iterator[Number]:
    """Ordinals and halves; in evidence also articles that may mean 1."""
    name = word.casefold()
    if name in HALVES:
        yield Number(word, HALF if is_evidence else HALF_OF_CLAIM)
    elif (ordinal := ordinal_of(name)) is not None:
        # "third" in a passage does not prove a 3, but a 3 a third.
        yield Number(
            word, frozenset({f"no. {ordinal}"} | (set() if is_evidence else {f"{ordinal}"}))
        )
    elif is_evidence and name in ONES:
        yield Number(word, frozenset({"1"}))

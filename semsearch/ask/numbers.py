"""Numbers in a text, in digits and in words, by their values."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

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
    **dict.fromkeys(("milliards", "miliardo", "miliardi", "miljard"), 10**9),
}
_SCALE: Final = re.compile(rf"[ -]?({'|'.join(sorted(_SCALES, key=len, reverse=True))})\b", re.I)
# From two on: "one" and its kin are articles and pronouns. Left out: "once" (English, Spanish) and
# "neuf" (nine, and new).
_WORDS: Final = {
    2: "two zwei deux dos due twee", 3: "three drei trois tres tre drie",
    4: "four vier quatre cuatro quattro", 5: "five fünf cinq cinco cinque vijf",
    6: "six sechs seis sei zes", 7: "seven sieben sept siete sette zeven",
    8: "eight acht huit ocho otto", 9: "nine neun nueve nove negen",
    10: "ten zehn dix diez dieci tien", 11: "eleven elf onze undici",
    12: "twelve zwölf douze doce dodici twaalf",
    13: "thirteen dreizehn treize trece tredici dertien",
    14: "fourteen vierzehn quatorze catorce quattordici veertien",
    15: "fifteen fünfzehn quinze quince quindici vijftien",
    16: "sixteen sechzehn seize dieciséis sedici zestien",
    17: "seventeen siebzehn dix-sept diecisiete diciassette zeventien",
    18: "eighteen achtzehn dix-huit dieciocho diciotto achttien",
    19: "nineteen neunzehn dix-neuf diecinueve diciannove negentien",
    20: "twenty zwanzig vingt veinte venti twintig",
    30: "thirty dreißig dreissig trente treinta trenta",
    40: "forty vierzig quarante cuarenta quaranta",
    50: "fifty fünfzig cinquante cincuenta cinquanta",
    60: "sixty sechzig soixante sesenta sessanta", 70: "seventy siebzig setenta settanta",
    80: "eighty achtzig quatre-vingts ochenta ottanta", 90: "ninety neunzig noventa novanta",
    100: "hundred hundert cent cien cento honderd", 1000: "thousand tausend mille mil duizend",
}  # fmt: skip
_VALUES: Final = {word: value for value, words in _WORDS.items() for word in words.split()}
_ONES: Final = dict.fromkeys("one ein eins eine einen einem einer un une uno una een".split(), 1)
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, its possible values, and whether it is a share in percent.

    ``parts`` are those of "12 300", which may be two numbers.
    """

    written: str
    values: frozenset[str]
    is_percent: bool = False
    parts: tuple[str, ...] = ()


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
            scale, end = _SCALES[scaled[1].casefold()], scaled.end()
        if percent := _PERCENT.match(text, end):
            end = percent.end()
        values = frozenset(_values(written, scale))
        parts = tuple(part.lstrip("0") or "0" for part in written.split()) if " " in written else ()
        yield Number(text[found.start() : end], values, percent is not None, parts)
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


def _in_words(text: str, *, with_one: bool) -> Iterator[Number]:
    """Numbers in words; "twenty-five", "twenty five" and "three hundred" are one number each."""
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
    at = 0
    while at < len(tokens):
        word, start, end = tokens[at]
        value = _value(word)
        if value is None:
            one = _ONES.get(word.casefold()) if with_one else None
            if one is not None:
                yield Number(word, frozenset({"1"}))
            at += 1
            continue
        while at + 1 < len(tokens) and tokens[at + 1][1] - end == 1:
            more = _value(tokens[at + 1][0])
            if more is None or not _is_joined(value, more):
                break
            value = value * more if more >= 100 else value + more
            end = tokens[at + 1][2]
            at += 1
        scale = _SCALE.match(text, end)
        if scale is not None and (factor := _SCALES[scale[1].casefold()]) > value:
            value, end = value * factor, scale.end()
        yield Number(text[start:end], frozenset({str(value)}), bool(_PERCENT.match(text, end)))
        at += 1


def _is_joined(value: int, more: int) -> bool:
    """Whether a second word goes on with a number: twenty five, three hundred, hundred twenty."""
    return more >= 100 > value or (value >= 20 and value % 10 == 0 and more < _unit_of(value))


def _unit_of(value: int) -> int:
    return 1000 if value % 1000 == 0 else 100 if value % 100 == 0 else 10


def _value(word: str) -> int | None:
    """The value of a word, also of "twenty-five" and of the German "fünfundzwanzig"."""
    word = word.casefold()
    if word in _VALUES:
        return _VALUES[word]
    tens, hyphen, ones = word.partition("-")
    if hyphen and tens in _VALUES and ones in _VALUES and _is_joined(_VALUES[tens], _VALUES[ones]):
        return _VALUES[tens] + _VALUES[ones] if _VALUES[ones] < 100 else None
    if hyphen and ones in ("one", "un", "une") and _VALUES.get(tens, 0) in range(20, 100, 10):
        return _VALUES[tens] + 1
    ones, joined, tens = word.partition("und")
    if joined and _VALUES.get(tens, 0) in range(20, 100, 10):
        return {**_VALUES, **_ONES}.get(ones, 100) % 100 + _VALUES[tens]
    return None

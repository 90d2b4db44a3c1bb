"""Numbers and dates of a claim that its evidence does not have."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from semsearch.ask.dates import Date, dates_in, names_in
from semsearch.ask.number_words import HALF
from semsearch.ask.numbers import Number, numbers_in

# What is not seen, and would part a number: joiners, marks of direction, selectors, strokes.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]|(?<=[0-9])[\u0300-\u036f\u20d0-\u20ff]+"
)
_DIGIT: Final = re.compile(r"\d")
_FRACTION: Final = re.compile("(?<=[0-9])(?=[\u00bc-\u00be\u2150-\u215e])")  # 3½
# 10⁶, 10^6, 10**6, 1.5e6
_POWER: Final = re.compile(
    "([0-9][0-9.,]*)(?:([\u2070-\u2079\u00b2\u00b3\u00b9]+)"
    r"| ?(?:\^|\*\*) ?(-?[0-9]+)|[eE]([-+]?[0-9]+)\b)"
)
# Marks of notes, and m³ as some write it: m3.
_SUPERSCRIPT: Final = re.compile(
    r"[\u2070-\u2079\u00b2\u00b3\u00b9]+|(?<=[0-9 ][kcdm]m)[23]\b|(?<=[0-9 ]m)[23]\b"
)
_LONGEST_NOTE: Final = 2  # digits of a raised number that may be the mark of a note: 12⁴
# With one of these, in any of its forms, a text may tell a number below zero without a sign.
_BELOW: Final = re.compile(
    r"minus|negativ|below|under|unter|sous|bajo|sotto|loss|lost|fell|fall|drop|declin|decreas|down"
    r"|reduc|lower|less|deficit|debt|verlust|weniger|sank|gefallen|perte|moins|menos|meno",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers, dates, months and weekdays of a text, by their meaning."""

    numbers: frozenset[str]
    percents: bool
    dates: tuple[Date, ...]
    names: frozenset[str]
    powers: frozenset[str] = frozenset()
    negatives: frozenset[str] | None = None  # None where words may tell them
    units: Mapping[str, frozenset[str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Facts":
        """The facts of a text, numbers of dates included."""
        text = _seen(text)
        powers = frozenset(map(_power, _POWER.finditer(text)))
        text = _plain(_POWER.sub(_without_power, text))
        found, _ = dates_in(text)
        dates = tuple(date for readings in found for date in readings)
        numbers = list(numbers_in(text, with_one=True))
        parts = [str(part) for date in dates for part in (date.year, date.month, date.day) if part]
        values = [value for number in numbers for value in (*number.values, *number.parts)]
        halves = HALF if "1/2" in text or any(value.endswith(".5") for value in values) else ()
        return cls(
            frozenset([*values, *parts, *halves]),
            any(number.is_percent for number in numbers) or "%" in text,
            dates,
            frozenset(meaning for _, meaning in names_in(text))
            | {f"month {date.month}" for date in dates},
            powers,
            None if _BELOW.search(text) else _negatives(numbers),
            _units(numbers),
        )


def unsupported(claim: str, evidence: Facts) -> tuple[str, ...]:
    """Return the numbers and dates of a claim, as written, that its evidence does not have.

    >>> unsupported("It costs 1,200 € from 1 May 2026 on.", Facts.of("2026-05-01: 1200 €"))
    ()
    >>> unsupported("It costs 1,300 € in June.", Facts.of("July: 1200 €"))
    ('1,300', 'June')
    """
    return tuple(dict.fromkeys(_unsupported(_seen(claim), evidence)))


def _unsupported(claim: str, evidence: Facts) -> Iterator[str]:
    for power in _POWER.finditer(claim):
        if _power(power) not in evidence.powers:
            yield power[0]
    claim = _plain(_POWER.sub(" ", claim))
    dates, rest = dates_in(claim)
    for readings in dates:
        if not any(_has_date(evidence, date) for date in readings):
            yield readings[0].written
    for number in numbers_in(rest):
        is_there = number.values & evidence.numbers or (
            number.parts and evidence.numbers.issuperset(number.parts)
        )
        if not is_there or (number.is_percent and not evidence.percents):
            yield number.written
        elif number.is_negative and not _may_be_negative(number, evidence):
            yield f"-{number.written}"
        elif _has_other_unit(number, evidence):
            yield f"{number.written} {number.unit}"
    for word, meaning in names_in(rest):
        if meaning not in evidence.names:
            yield word


def _has_date(evidence: Facts, date: Date) -> bool:
    """Whether the evidence has the date; its year may stand in a heading."""
    has_year = date.year is None or str(date.year) in evidence.numbers
    return has_year and any(date.agrees(other) for other in evidence.dates)


def _may_be_negative(number: Number, evidence: Facts) -> bool:
    return evidence.negatives is None or bool(number.values & evidence.negatives)


def _has_other_unit(number: Number, evidence: Facts) -> bool:
    """Whether the evidence has the number with other units only, each of them known."""
    if number.unit is None or number.is_percent:
        return False
    units = {
        unit for value in number.values for unit in evidence.units.get(value, frozenset((None,)))
    }
    return None not in units and number.unit not in units


def _negatives(numbers: list[Number]) -> frozenset[str]:
    return frozenset(value for one in numbers if one.is_negative for value in one.values)


def _units(numbers: list[Number]) -> dict[str, frozenset[str | None]]:
    units: dict[str, frozenset[str | None]] = {}
    for number in numbers:
        for value in (*number.values, *number.parts):
            units[value] = units.get(value, frozenset()) | {number.unit}
    return units


def _seen(text: str) -> str:
    """The text as it is seen, with ASCII digits."""
    text = _FRACTION.sub(" ", _UNSEEN.sub("", text))
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def _power(found: re.Match[str]) -> str:
    """A canonical text: 10^6, 1.5e6."""
    base, raised, exponent, scientific = found.groups()
    if scientific:
        return f"{base}e{int(scientific)}"
    return f"{base}^{int(unicodedata.normalize('NFKC', raised) if raised else exponent)}"


def _without_power(found: re.Match[str]) -> str:
    """What a power is beside itself: a number with the mark of a note, or two numbers."""
    base, raised, exponent, scientific = found.groups()
    if raised:
        return " " if base == "10" or len(raised) > _LONGEST_NOTE else f"{base} "
    return f"{base} {exponent or scientific} "


def _plain(text: str) -> str:
    """The text on one line, as a date may be on two, without exponents."""
    return " ".join(unicodedata.normalize("NFKC", _SUPERSCRIPT.sub(" ", text)).split())

"""Numbers and dates of a claim that its evidence does not have."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from semsearch.ask.dates import Date, dates_in, names_in
from semsearch.ask.numbers import numbers_in


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers, dates, months and weekdays of a text, by their meaning."""

    numbers: frozenset[str]
    percents: bool
    dates: tuple[Date, ...]
    names: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Facts":
        """The facts of a text, numbers of dates included."""
        text = _plain(text)
        found, _ = dates_in(text)
        dates = tuple(date for readings in found for date in readings)
        numbers = list(numbers_in(text, with_one=True))
        parts = [str(part) for date in dates for part in (date.year, date.month, date.day) if part]
        values = [value for number in numbers for value in (*number.values, *number.parts)]
        return cls(
            frozenset([*values, *parts]),
            any(number.is_percent for number in numbers) or "%" in text,
            dates,
            frozenset(meaning for _, meaning in names_in(text))
            | {f"month {date.month}" for date in dates},
        )


def unsupported(claim: str, evidence: Facts) -> tuple[str, ...]:
    """Return the numbers and dates of a claim, as written, that its evidence does not have.

    >>> unsupported("It costs 1,200 € from 1 May 2026 on.", Facts.of("2026-05-01: 1200 €"))
    ()
    >>> unsupported("It costs 1,300 € in June.", Facts.of("July: 1200 €"))
    ('1,300', 'June')
    """
    return tuple(dict.fromkeys(_unsupported(_plain(claim), evidence)))


def _unsupported(claim: str, evidence: Facts) -> Iterator[str]:
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
    for word, meaning in names_in(rest):
        if meaning not in evidence.names:
            yield word


def _has_date(evidence: Facts, date: Date) -> bool:
    """Whether the evidence has the date; its year may stand in a heading."""
    has_year = date.year is None or str(date.year) in evidence.numbers
    return has_year and any(date.agrees(other) for other in evidence.dates)


# Exponents and marks of notes, and m³ as some write it: m3.
_SUPERSCRIPT: Final = re.compile(
    r"[\u2070-\u2079\u00b2\u00b3\u00b9]+|(?<=[0-9 ][kcdm]m)[23]\b|(?<=[0-9 ]m)[23]\b"
)


def _plain(text: str) -> str:
    """The text on one line, as a date may be on two, without exponents."""
    return " ".join(unicodedata.normalize("NFKC", _SUPERSCRIPT.sub(" ", text)).split())

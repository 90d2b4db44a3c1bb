"""Dates, months and weekdays in a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = (
    "january jan januar jänner janvier enero gennaio januari",
    "february feb februar février févr febrero febbraio februari",
    "march mar märz mrz mars marzo maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mei",
    "june jun juni juin junio giugno giu",
    "july jul juli juillet juil julio luglio",
    "august aug août agosto augustus",
    "september sep sept septembre septiembre settembre",
    "october oct oktober okt octobre octubre ottobre ott",
    "november nov novembre noviembre",
    "december dec dezember dez décembre déc diciembre dicembre",
)
_MONTH_OF: Final = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()
}
_NAME: Final = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DAY: Final = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
_YEAR: Final = r"(?P<year>[12][0-9]{3})"
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![0-9-]){_YEAR}-(?P<month>0[1-9]|1[0-2])-{_DAY}(?![0-9-])",
        rf"(?<![0-9.]){_DAY}(?:st|nd|rd|th|er|\.)?(?: of| de)? (?P<name>{_NAME})\b\.?"
        rf"(?:,? (?:de |del )?{_YEAR}(?![0-9]))?",
        rf"(?<!\w)(?P<name>{_NAME})\.? {_DAY}(?:st|nd|rd|th)?(?![0-9])(?:,? {_YEAR}(?![0-9]))?",
        rf"(?<!\w)(?P<name>{_NAME})\.?,? (?:de |del |of )?{_YEAR}(?![0-9])",
    )
)
# 31/01/2026, 1/31/2026 and 31.1.26: the order of day and month is not known.
_NUMERIC: Final = re.compile(
    r"(?<![0-9./-])([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9/-])"
)
_NO_MONTHS: Final = ("may", "march", "set")  # words, unless they are written like names
_CENTURIES: Final = (2000, 1900)
# Names that stand for nothing else when they are written so; "May", "March" and "mars" do.
_SURE: Final = {
    name: number
    for name, number in _MONTH_OF.items()
    if len(name) > 4 and name not in ("march", "marzo", "agosto", "mars")
} | {"juni": 6, "juli": 7, "june": 6, "july": 7, "juin": 6, "août": 8, "märz": 3}
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday montag lundi lunes lunedì", "tuesday dienstag mardi martes martedì",
            "wednesday mittwoch mercredi miércoles mercoledì", "thursday donnerstag jeudi jueves",
            "friday freitag vendredi viernes venerdì", "saturday samstag sonnabend samedi sábado",
            "sunday sonntag dimanche domingo domenica",
        )
    )
    for name in names.split()
}  # fmt: skip
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Date:
    """A date as it is written; year and day are None where they are not told."""

    written: str
    year: int | None
    month: int
    day: int | None

    def agrees(self, other: "Date") -> bool:
        """Whether another date tells all that this one tells, but perhaps for the year."""
        years = (None, other.year) if other.year is not None else (self.year,)
        return self.month == other.month and self.day in (None, other.day) and self.year in years


def dates_in(text: str) -> tuple[list[tuple[Date, ...]], str]:
    """Return the dates of a text, each with all its readings, and the text without them.

    >>> found, rest = dates_in("On 31.1.2026, not March 2, it froze.")
    >>> [(date.year, date.month, date.day) for readings in found for date in readings]
    [(None, 3, 2), (2026, 1, 31)]
    >>> " ".join(rest.split())
    'On , not , it froze.'
    """
    found: list[tuple[Date, ...]] = []
    for pattern in _PATTERNS:
        for match in list(pattern.finditer(text)):
            if match.groupdict().get("name") not in _NO_MONTHS:
                found.append((_date(match),))
                text = text.replace(match[0], " ")
    for match in _NUMERIC.finditer(text):
        if readings := tuple(_readings(match)):
            found.append(readings)
            text = text.replace(match[0], " ")
    return found, text


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield months and weekdays that stand by themselves: as written, and what they mean.

    >>> list(names_in("every Tuesday in June"))
    [('Tuesday', 'weekday 1'), ('June', 'month 6')]
    """
    for word in _WORD.findall(text):
        name = word.casefold()
        if name in _SURE:
            yield word, f"month {_SURE[name]}"
        elif name in _WEEKDAYS:
            yield word, f"weekday {_WEEKDAYS[name]}"


def _date(match: re.Match[str]) -> Date:
    parts = match.groupdict()
    name = parts.get("name")
    month = _MONTH_OF[name.casefold()] if name else int(parts["month"])
    year, day = parts.get("year"), parts.get("day")
    return Date(match[0].strip(), int(year) if year else None, month, int(day) if day else None)


def _readings(match: re.Match[str]) -> Iterator[Date]:
    first, _, second, year = match.groups()
    years = [int(year)] if len(year) == 4 else [century + int(year) for century in _CENTURIES]
    for day, month in {(int(first), int(second)), (int(second), int(first))}:
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield from (Date(match[0], each, month, day) for each in years)

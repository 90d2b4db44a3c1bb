"""Dates, times and durations of spreadsheets as their cells show them."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Protocol

from semsearch.documents.readers.calendar_names import calendar_names

_DAY_SECONDS: Final = 86_400
_MOST_DAYS: Final = 2_958_466  # 31 December 9999
_FALSE_LEAP_DAY: Final = 60  # 29 February 1900, which the calendar of 1900 counts
_FIRST: Final = date(1899, 12, 31)
_FIRST_1904: Final = date(1904, 1, 1)
_ERA: Final = 543  # years of the Buddhist calendar ahead


class FormatToken(Protocol):
    """One element of a format."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


def date_text(
    value: float, tokens: Sequence[FormatToken], *, is_1904: bool = False, language: int = 0
) -> str | None:
    """Return a number of days as a date, time or duration; None where it is none.

    ``language`` is that of the names, by its number in formats.
    """
    is_duration = any(token.kind == "elapsed" for token in tokens)
    if not (is_duration or 0 <= value < _MOST_DAYS) or abs(value) > _MOST_DAYS:
        return None
    places = _second_places(tokens)
    ticks = round(abs(value) * _DAY_SECONDS * 10**places)
    seconds, fraction = divmod(ticks, 10**places)
    names = calendar_names(language)
    has_day = any(token.kind == "date" and token.text in ("d", "dd") for token in tokens)
    months = names.months_of_days if has_day else names.months
    try:
        moment = _Moment(seconds, fraction, places, is_1904, months, names.days)
    except OverflowError:  # rounded up, or counted from 1904, it is in the year 10000
        return None
    has_half = any(token.kind == "ampm" for token in tokens)
    pieces: list[str] = []
    for at, token in enumerate(tokens):
        if token.kind == "date":
            pieces.append(moment.part(_minute_or_month(tokens, at), has_half=has_half))
        elif token.kind == "elapsed":
            pieces.append(moment.elapsed(token.text))
        elif token.kind == "ampm":
            pieces.append(moment.half(token.text))
        elif token.kind == "digit":
            pieces.append(moment.next_fraction_digit())
        elif token.kind != "general":
            pieces.append(token.text)
    shown = "".join(pieces)
    return f"-{shown}" if value < 0 else shown


def _second_places(tokens: Sequence[FormatToken]) -> int:
    """How many decimal places the seconds have: "ss.00" has two."""
    text = "".join({"digit": "0", "point": "."}.get(token.kind, token.text) for token in tokens)
    match = re.search(r"s\]?\.(0+)", text)
    return min(len(match[1]), 6) if match else 0


def _minute_or_month(tokens: Sequence[FormatToken], at: int) -> str:
    """The token, with minutes as "n": "m" next to hours or seconds is a minute."""
    text = tokens[at].text
    if text not in ("m", "mm"):
        return text
    times = [t.text[0] for t in tokens[:at] if t.kind in ("date", "elapsed")]
    behind = [t.text[0] for t in tokens[at + 1 :] if t.kind in ("date", "elapsed")]
    is_minute = times[-1:] == ["h"] or behind[:1] == ["s"]
    return text.replace("m", "n") if is_minute else text


class _Moment:
    def __init__(
        self,
        seconds: int,
        fraction: int,
        places: int,
        is_1904: bool,
        months: Sequence[str],
        days: Sequence[str],
    ) -> None:
        self._months = months
        self._names = days
        self._seconds = seconds
        self._fraction = iter(f"{fraction:0{places}d}" if places else "")
        self._days, self._of_day = divmod(seconds, _DAY_SECONDS)
        self._is_leap_day = not is_1904 and self._days == _FALSE_LEAP_DAY
        first = _FIRST_1904 if is_1904 else _FIRST
        past = not is_1904 and self._days >= _FALSE_LEAP_DAY
        self._date = first + timedelta(self._days - past)

    def next_fraction_digit(self) -> str:
        return next(self._fraction, "")

    def half(self, text: str) -> str:
        """The half of the day, as short as the format has it."""
        return ("AM" if self._of_day < _DAY_SECONDS // 2 else "PM")[: len(text) // 2]

    def elapsed(self, text: str) -> str:
        unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
        return f"{self._seconds // unit:0{len(text)}d}"

    def part(self, text: str, *, has_half: bool) -> str:
        year = self._date.year
        hour = self._of_day // 3600
        if has_half:
            hour = hour % 12 or 12
        number = {"h": hour, "n": self._of_day // 60 % 60, "s": self._of_day % 60}.get(text[0])
        if number is not None:
            return f"{number:0{min(len(text), 2)}d}"
        match text:
            case "yy" | "y":
                return f"{year % 100:02d}"
            case "bb" | "b":
                return f"{(year + _ERA) % 100:02d}"
            case "m" | "mm":
                return f"{self._date.month:0{len(text)}d}"
            case "d" | "dd":
                return f"{29 if self._is_leap_day else self._date.day:0{len(text)}d}"
            case "mmm" | "mmmm" | "mmmmm":
                name = self._months[self._date.month - 1]
                return {3: name[:3], 4: name, 5: name[:1]}[len(text)]
        if text[0] == "d":
            name = self._names[self._date.weekday()]
            return name[:3] if len(text) == 3 else name
        if text[0] == "g":
            return ""
        return str(year + (_ERA if text[0] == "b" else 0))

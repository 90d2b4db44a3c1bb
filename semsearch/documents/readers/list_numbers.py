"""Numbers of headings and list items that a program counts: "3.2", "(b)", "IV."."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

DECIMAL: Final = "decimal"
BULLET: Final = "bullet"
NONE: Final = "none"

_LEVEL: Final = re.compile(r"%([1-9])")
_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MOST_ROMAN: Final = 4_999
_MOST_LETTERS: Final = 30  # repetitions of a letter
_SIGN: Final = ".):]"  # behind a letter that is a number


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a list: where it starts, its kind of numbers, and its text with "%1" for those.

    It restarts after a level below ``restart`` (from 0), after any level above it by default.
    """

    start: int = 1
    kind: str = DECIMAL
    text: str = ""
    restart: int | None = None
    is_decimal: bool = False  # also the numbers of the levels above


@dataclass(slots=True)
class ListCounter:
    """Counts the items of one list, level by level.

    With ``counts_skipped`` a level that an item leaves out above its own has an item that nobody
    sees, as LibreOffice has it: "1.1 Scope" at the beginning makes the next heading "2".
    """

    counts_skipped: bool = False
    _counts: dict[int, int] = field(default_factory=dict)

    def number(self, levels: Mapping[int, Level], at: int, start: int | None = None) -> str:
        """Count the next item of a level, or begin anew at ``start``; returns its number."""
        level = levels.get(at, Level())
        for above in range(at) if self.counts_skipped else ():
            self._counts.setdefault(above, levels.get(above, Level()).start)
        begun = self._counts.get(at)
        if start is not None:
            self._counts[at] = start
        else:
            self._counts[at] = level.start if begun is None else begun + 1
        for below in [below for below in self._counts if below > at]:
            restart = levels.get(below, Level()).restart
            if restart is None or at < restart:
                del self._counts[below]
        return "" if level.kind == BULLET else self._shown(levels, level)

    def _shown(self, levels: Mapping[int, Level], shown: Level) -> str:
        def counted(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            level = levels.get(at, Level())
            kind = DECIMAL if shown.is_decimal and level.kind != NONE else level.kind
            return number_text(self._counts.get(at, level.start), kind)

        return " ".join(_LEVEL.sub(counted, shown.text).split())


class Numbering(NamedTuple):
    """A list as the paragraphs of Word refer to it, with what it changes in its definition.

    ``levels`` are those that it has instead of the definition's, ``starts`` where it begins anew.
    """

    definition: str | int
    levels: dict[int, Level]
    starts: dict[int, int]


class NumberingCounter:
    """Counts the paragraphs of all lists of a Word document; lists of a definition count on."""

    def __init__(self) -> None:
        self._counters: dict[str | int, ListCounter] = {}
        self._begun: set[tuple[str | int, int]] = set()

    def number(
        self, list_id: str | int, numbering: Numbering, defined: Mapping[int, Level], at: int
    ) -> str:
        """Count the next item at a level of a list, whose definition has the levels ``defined``."""
        is_begun = (list_id, at) in self._begun
        self._begun.add((list_id, at))
        start = None if is_begun else numbering.starts.get(at)
        counter = self._counters.setdefault(numbering.definition, ListCounter())
        return counter.number({**defined, **numbering.levels}, at, start)


def number_text(number: int, kind: str) -> str:
    """Return a number as its kind has it; kinds with words of a language are written in digits.

    >>> [number_text(28, kind) for kind in ("decimal", "lowerLetter", "upperRoman", "none")]
    ['28', 'bb', 'XXVIII', '']
    """
    match kind:
        case "none" | "bullet":
            return ""
        case "decimalZero":
            return f"{number:02d}"
        case "upperLetter" | "lowerLetter" if 0 < number <= 26 * _MOST_LETTERS:
            letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letter.upper() if kind == "upperLetter" else letter
        case "upperColumn" | "lowerColumn" if number > 0:
            letters = _column(number)
            return letters.upper() if kind == "upperColumn" else letters
        case "upperRoman" | "lowerRoman" if 0 < number <= _MOST_ROMAN:
            roman = _roman(number)
            return roman.upper() if kind == "upperRoman" else roman
    return str(number)


def stored_number(text: str) -> str:
    """Return the number of an item that a file has as text; "" for a bullet.

    >>> stored_number("3.2\\t"), stored_number("a)"), stored_number("o"), stored_number("·")
    ('3.2', 'a)', '', '')
    """
    kept = " ".join(text.split())
    is_number = any(map(str.isalnum, kept)) and (
        len(kept) > 1 or kept.isdecimal() or kept[-1:] in _SIGN
    )
    return kept if is_number else ""


def _column(number: int) -> str:
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def _roman(number: int) -> str:
    found = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        found += letters * count
    return found

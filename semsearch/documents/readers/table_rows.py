"""The rows of a table as text: each value after the name of its column."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_LONGEST_NAME: Final = 60  # characters; a longer cell is no column name
_MOST_TITLES: Final = 8  # rows above the names: a title, who made it, when
_LOOKED_AT: Final = 20  # rows below, which tell names from values
_PERIOD: Final = re.compile(r"(?:19|20)\d\d|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")  # a year, a date
_NOT_DIGITS: Final = "%€$£¥+-() \u00a0\u202f"
_TIME: Final = re.compile(r"\d+:\d\d(?::\d\d)?")
SAMPLE: Final = _MOST_TITLES + _LOOKED_AT  # rows that tell where a table's names are


class Head(NamedTuple):
    """The names of a table's columns, and the number of rows above and with them."""

    names: list[str]
    rows: int


def head_of(rows: Sequence[Sequence[str]], *, is_first: bool = True) -> Head | None:
    """Return the column names of a table, which may stand below its title; else None.

    Blank rows do not count. A table that is not the first of its sheet may go on with the one
    before: it has names of its own only where they differ in kind from the values below them.

    >>> head_of([["Costs"], [], ["what", "price"], ["saw", "12"]])
    Head(names=['what', 'price'], rows=3)
    >>> head_of([["year", "2022", "2023"], ["rain", "5", "6"]]).names
    ['year', '2022', '2023']
    >>> head_of([["saw", "12"], ["nail", "1"]])
    """
    for at, row in enumerate(rows[:_MOST_TITLES]):
        names = [" ".join(cell.split()) for cell in row]
        filled = sum(map(bool, names))
        below = [
            other for other in rows[at + 1 : at + 1 + _LOOKED_AT] if any(map(str.strip, other))
        ]
        width = max((sum(map(bool, map(str.strip, other))) for other in below), default=0)
        if filled < 2 or (filled < width - 1 and filled * 2 <= width):
            continue  # blank, a title, or a note beside it
        is_head = _are_names(names, below) and (is_first or _differs(names, below))
        return Head(names, at + 1) if is_head else None
    return None


def row_text(names: Sequence[str] | None, row: Sequence[str]) -> str:
    """One row in one line.

    >>> row_text(["tool", "price"], ["saw", "12"])
    'tool: saw; price: 12'
    >>> row_text(None, ["saw", "", "12"])
    'saw | 12'
    """
    if names is None:
        return cells_text(("", cell) for cell in row)
    return cells_text(zip([*names, *[""] * (len(row) - len(names))], row, strict=False), "; ")


def cells_text(cells: Iterable[tuple[str, str]], separator: str = " | ") -> str:
    """Some cells, each (name of its column, text), in one line; blank ones are left out."""
    shown = ((name, " ".join(cell.split())) for name, cell in cells)
    return separator.join(f"{name}: {cell}" if name else cell for name, cell in shown if cell)


def _are_names(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds names: distinct, short, and no numbers but years or dates."""
    given = [name for name in names if name]
    if len(set(given)) < len(given) or any(len(name) > _LONGEST_NAME for name in given):
        return False
    # A blank name is that of the rows' own names, in the corner, or of a column for remarks.
    if len(given) < len(names) - 1:
        return False
    numbers = [column for column, name in enumerate(names) if _is_number(name)]
    if not numbers:
        return True
    return (
        len(numbers) < len(names)
        and all(_PERIOD.fullmatch(names[column]) for column in numbers)
        and any(not _PERIOD.fullmatch(cell) for cell in _cells(below, numbers))
    )


def _differs(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether some column has numbers below a name that is none."""
    words = [column for column, name in enumerate(names) if name and not _is_number(name)]
    return any(map(_is_number, _cells(below, words)))


def _cells(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> list[str]:
    """The cells in some columns that are not blank."""
    cells = [row[column].strip() for row in rows for column in columns if column < len(row)]
    return [cell for cell in cells if cell]


def _is_number(text: str) -> bool:
    """Whether a cell holds a number, an amount, a date or a time."""
    bare = text.replace(",", "").replace("\u00a0", "").replace(" ", "").strip(_NOT_DIGITS)
    if _PERIOD.fullmatch(bare) or _TIME.fullmatch(bare):
        return True
    try:
        float(bare)
    except ValueError:
        return False
    return True

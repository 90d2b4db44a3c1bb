"""The rows of a table as text: each value after the name of its column."""

from collections.abc import Sequence
from typing import Final

_LONGEST_NAME: Final = 60  # characters; a longer cell is no column name


def column_names(row: Sequence[str]) -> list[str] | None:
    """Return the names of the columns, if the first row of a table holds names."""
    names = [" ".join(cell.split()) for cell in row]
    is_head = len(names) > 1 and all(
        name and len(name) <= _LONGEST_NAME and not _is_number(name) for name in names
    )
    return names if is_head and len(set(names)) == len(names) else None


def row_text(names: Sequence[str] | None, row: Sequence[str]) -> str:
    """One row in one line.

    >>> row_text(["tool", "price"], ["saw", "12"])
    'tool: saw; price: 12'
    >>> row_text(None, ["saw", "", "12"])
    'saw | 12'
    """
    cells = [" ".join(cell.split()) for cell in row]
    if names is None:
        return " | ".join(cell for cell in cells if cell)
    named = [*names, *[""] * (len(cells) - len(names))]
    return "; ".join(
        f"{name}: {cell}" if name else cell
        for name, cell in zip(named, cells, strict=False)
        if cell
    )


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").strip("%€$£ "))
    except ValueError:
        return False
    return True

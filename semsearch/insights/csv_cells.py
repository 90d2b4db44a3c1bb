"""Cells of a CSV file that a spreadsheet may open: document text is untrusted."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet evaluates such a cell


def cell(text: str) -> str:
    """The text, prefixed with an apostrophe where a spreadsheet would evaluate it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

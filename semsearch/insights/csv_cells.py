"""Cells of a CSV file that a spreadsheet will open: document text is untrusted."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would act on such a cell


def cell(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Plain text to blocks: a paragraph ends at a blank line."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document

_BLANK_ROWS: Final = re.compile(r"(?:[^\S\n]*+\n)+")
_BLANK_ROWS_BEHIND: Final = re.compile(r"\n(?:[^\S\n]*+\n)+")


def read_text(text: str) -> Document:
    """Read the paragraphs of a text, each with its lines."""
    return Document(
        tuple(
            [
                Block(BlockKind.PARAGRAPH, rows, range(first, first + rows.count("\n") + 1))
                for first, rows in runs(text)
            ]
        )
    )


def runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield (first line number, rows) of each run of lines that are not blank."""
    if (blank := _BLANK_ROWS.match(text)) is not None:
        start, line = blank.end(), 1 + text.count("\n", 0, blank.end())
    else:
        start, line = 0, 1
    for match in _BLANK_ROWS_BEHIND.finditer(text, start):
        yield line, text[start : match.start()]
        line += text.count("\n", start, match.end())
        start = match.end()
    end = len(text.rstrip())
    if end > start:
        row_end = text.find("\n", end)
        yield line, text[start:] if row_end < 0 else text[start:row_end]


def paragraphs(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line number, rows) for each run of lines that are not blank."""
    first, rows = 0, list[str]()
    for number, row in lines:
        if row.strip():
            first = first or number
            rows.append(row)
        elif rows:
            yield first, rows
            first, rows = 0, []
    if rows:
        yield first, rows

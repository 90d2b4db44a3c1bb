"""Plain text to blocks: a paragraph ends at a blank line."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document

_TIME: Final = re.compile(  # ISO 8601, syslog, Apache, the clock
    r"[\[(<\w.: -]{0,40}?(?:\d{4}[-/.]\d\d[-/.]\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:"
    r"|\d\d/[A-Z][a-z]{2}/\d{4}|\d\d:\d\d:\d\d)"
)
_LOOKED_AT: Final = 2_000  # characters of a paragraph by which a log is told
_LEAST_ROWS: Final = 3  # rows with a time in a log
_SHARE: Final = 0.7  # share of the rows of a log; a stack trace stands between them
_BLANK_ROWS: Final = re.compile(r"(?:[^\S\n]*+\n)++")
_BLANK_ROWS_BEHIND: Final = re.compile(r"\n(?:[^\S\n]*+\n)++")


def read_text(text: str) -> Document:
    """Read the paragraphs of a text, each with its lines; rows of a log are items of a list."""
    return Document(
        tuple(
            [
                Block(_kind_of(rows), rows, range(first, first + rows.count("\n") + 1))
                for first, rows in runs(text)
            ]
        )
    )


def _kind_of(rows: str) -> BlockKind:
    """A list where rows begin with a time, as in a log: each says something of its own."""
    sample = rows[:_LOOKED_AT].split("\n")
    times = sum(_TIME.match(row) is not None for row in sample)
    is_log = times >= _LEAST_ROWS and times >= _SHARE * len(sample)
    return BlockKind.LIST if is_log else BlockKind.PARAGRAPH


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

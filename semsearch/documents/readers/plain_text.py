"""Plain text to blocks: a paragraph ends at a blank line."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document

_TIME: Final = re.compile(  # ISO 8601, syslog, Apache, the clock
    r"[\[(<\w.: -]{0,40}?(?:\d{4}[-/.]\d\d[-/.]\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:"
    r"|\d\d/[A-Z][a-z]{2}/\d{4}|\d\d:\d\d:\d\d)"
)
_PART_OF_TIME: Final = re.compile(r"\d(?:[-/.:]\d\d|/[A-Z]|:)")  # in each: found fast
_LOOKED_AT: Final = 2_000  # characters of a paragraph by which a log is told
_LEAST_ROWS: Final = 3  # rows of a log
_OTHER_ROWS: Final = 0.3  # share of rows without a time: a stack trace stands between them
_BLANK_ROWS: Final = re.compile(r"(?:[^\S\n]*+\n)++")
_BLANK_ROWS_BEHIND: Final = re.compile(r"\n(?:[^\S\n]*+\n)++")


def read_text(text: str) -> Document:
    """Read the paragraphs of a text, each with its lines; rows of a log are items of a list."""
    blocks = []
    for first, rows in runs(text):
        last = first + rows.count("\n")
        is_long = last - first >= _LEAST_ROWS - 1
        kind = BlockKind.LIST if is_long and _is_log(rows) else BlockKind.PARAGRAPH
        blocks.append(Block(kind, rows, range(first, last + 1)))
    return Document(tuple(blocks))


def _is_log(rows: str) -> bool:
    """Whether rows begin with a time, as in a log: each says something of its own."""
    if _PART_OF_TIME.search(rows, 0, _LOOKED_AT) is None:
        return False
    sample = rows[:_LOOKED_AT].split("\n")
    if len(sample) < _LEAST_ROWS:
        return False
    others = int(_OTHER_ROWS * len(sample))
    for row in sample:
        if _TIME.match(row) is None:
            others -= 1
            if others < 0:
                return False
    return True


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

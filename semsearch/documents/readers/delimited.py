"""CSV and TSV (RFC 4180 and its dialects) to blocks of rows with the names of their columns."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import chain, islice
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.table_rows import SAMPLE, head_of, row_text
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_SAMPLE: Final = 20_000  # characters in which the separator is detected
_SEPARATORS: Final = ",;\t|"
_LARGEST_FIELD: Final = 10_000_000  # characters


def read_separated(text: str) -> Document:
    """Read the rows of a table; each knows its lines in the file."""
    csv.field_size_limit(_LARGEST_FIELD)
    rows, firsts, lasts = [], [], []
    try:
        records = _records(text)
        sample = list(islice(records, SAMPLE))
        head = head_of([row for _, _, row in sample])
        for number, (first, last, row) in enumerate(chain(sample, records)):
            shown = row_text(head.names if head and number >= head.rows else None, row)
            if shown:
                rows.append(shown)
                firsts.append(first)
                lasts.append(last)
    except csv.Error as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged table: {error}") from error
    if not rows:
        return Document(())
    return Document((Block(BlockKind.TABLE, "\n".join(rows), firsts, last_lines=lasts),))


def _records(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (first line, last line, cells) of each row."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_separator(text[:_SAMPLE]))
    before = 0
    for row in reader:
        yield before + 1, reader.line_num, row
        before = reader.line_num


def _separator(sample: str) -> str:
    """The usual separator that occurs most evenly in the first rows."""
    rows = [row for row in sample.split("\n")[:20] if row.strip()][:-1] or [sample]
    counts = {mark: [row.count(mark) for row in rows] for mark in _SEPARATORS}
    return max(_SEPARATORS, key=lambda mark: (min(counts[mark]), sum(counts[mark])))

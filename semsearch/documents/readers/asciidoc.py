"""AsciiDoc to blocks (https://docs.asciidoctor.org/asciidoc/latest/)."""

import re
from collections.abc import Sequence
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.front_matter import under_front_matter, without_front_matter
from semsearch.documents.readers.line_blocks import (
    Piece,
    end_of_fence,
    end_of_paragraph,
    read_lines,
)

_HEADING: Final = re.compile(r"(={1,6})\s+(\S.*)")
_CODE: Final = re.compile(r"(-{4,}|\.{4,}|`{3,})\s*")
_TABLE: Final = re.compile(r"[|,:!]={3,}\s*")
_LIST: Final = re.compile(r"\s*(?:[*.-]{1,5}|\d{1,9}\.)\s|\S.*::(?:\s|$)")
_ATTRIBUTES: Final = re.compile(r"\[[^\]]*\]\s*")


def read_asciidoc(text: str) -> Document:
    """Read headings, paragraphs, lists, tables and code, each with its lines."""
    text, before = without_front_matter(text)
    return under_front_matter(read_lines(text, _piece_at), before)


def _piece_at(rows: Sequence[str], at: int) -> Piece:
    row = rows[at]
    if heading := _HEADING.fullmatch(row):
        return Piece(BlockKind.HEADING, at + 1, len(heading[1]), heading[2])
    if _ATTRIBUTES.fullmatch(row) and at + 1 < len(rows) and rows[at + 1].strip():
        return _piece_at(rows, at + 1)  # attribute lines belong to the next block
    for opening, kind in ((_CODE, BlockKind.CODE), (_TABLE, BlockKind.TABLE)):
        if opening.fullmatch(row):
            return Piece(kind, end_of_fence(rows, at, row.strip().__eq__))
    end = _end_of_text(rows, at)
    return Piece(BlockKind.LIST if _LIST.match(row) else BlockKind.PARAGRAPH, end)


def _end_of_text(rows: Sequence[str], at: int) -> int:
    """A paragraph ends at a blank row, or at a row that opens another kind of block."""
    openings = (_HEADING, _CODE, _TABLE)
    return end_of_paragraph(rows, at, lambda row: any(o.fullmatch(row) for o in openings))

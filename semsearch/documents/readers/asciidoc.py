"""AsciiDoc to blocks (https://docs.asciidoctor.org/asciidoc/latest/)."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.front_matter import under_front_matter, without_front_matter
from semsearch.documents.readers.line_blocks import (
    Fences,
    Piece,
    end_of_paragraph,
    read_lines,
)

_HEADING: Final = re.compile(r"(={1,6})\s+(\S.*)")
_CODE: Final = re.compile(r"(-{4,}|\.{4,}|`{3,})\s*")
_COMMENT: Final = re.compile(r"//(?:/{2,}[ \t]*$|(?!/))")
_COMMENT_BLOCK: Final = re.compile(r"/{4,}")
_TABLE: Final = re.compile(r"[|,:!]={3,}\s*")
_LIST: Final = re.compile(r"\s*(?:[*.-]{1,5}|\d{1,9}\.)\s|\S.*::(?:\s|$)")
_ATTRIBUTES: Final = re.compile(r"\[[^\]]*\]\s*")


def read_asciidoc(text: str) -> Document:
    """Read headings, paragraphs, lists, tables and code, each with its lines."""
    text, before = without_front_matter(text)
    text = _without_comments(text)
    return under_front_matter(read_lines(text, partial(_piece_at, Fences(_ended_by))), before)


def _without_comments(text: str) -> str:
    """A text without its comments, which are no comments in listings; its rows stay."""
    if "//" not in text:
        return text
    rows = text.split("\n")
    open_mark = ""  # of a listing, or of a block that is a comment
    for at, row in enumerate(rows):
        mark = row.strip()
        is_comment = open_mark.startswith("//") or (not open_mark and _COMMENT.match(row))
        if open_mark:
            open_mark = "" if mark == open_mark else open_mark
        elif _CODE.fullmatch(mark) or _COMMENT_BLOCK.fullmatch(mark):
            open_mark = mark
        if is_comment:
            rows[at] = ""
    return "\n".join(rows)


def _ended_by(row: str) -> list[str]:
    """The mark of a block that a row ends, as it may begin one."""
    mark = row.strip()
    return [mark] if _CODE.fullmatch(mark) or _TABLE.fullmatch(mark) else []


def _piece_at(fences: Fences, rows: Sequence[str], at: int) -> Piece:
    # Attribute lines belong to the next block.
    while _ATTRIBUTES.fullmatch(rows[at]) and at + 1 < len(rows) and rows[at + 1].strip():
        at += 1
    row = rows[at]
    if heading := _HEADING.fullmatch(row):
        return Piece(BlockKind.HEADING, at + 1, len(heading[1]), heading[2])
    for opening, kind in ((_CODE, BlockKind.CODE), (_TABLE, BlockKind.TABLE)):
        if opening.fullmatch(row):
            return Piece(kind, fences.end(rows, at, row.strip()))
    end = _end_of_text(rows, at)
    return Piece(BlockKind.LIST if _LIST.match(row) else BlockKind.PARAGRAPH, end)


def _end_of_text(rows: Sequence[str], at: int) -> int:
    """A paragraph ends at a blank row, or at a row that opens another kind of block."""
    openings = (_HEADING, _CODE, _TABLE)
    return end_of_paragraph(rows, at, lambda row: any(o.fullmatch(row) for o in openings))

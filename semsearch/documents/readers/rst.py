"""reStructuredText to blocks.

Headings are found as docutils finds them: by the row of one mark below (and above) the title; marks
get their levels in the order of their first use.
(https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections)
"""

import re
from collections.abc import Sequence
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.front_matter import under_front_matter, without_front_matter
from semsearch.documents.readers.line_blocks import (
    Piece,
    end_of_indented,
    end_of_paragraph,
    read_lines,
)

_RULE: Final = re.compile(r"([!-/:-@\[-`{-~])\1{1,}\s*")
_LIST: Final = re.compile(r"\s*(?:[-*+•]|\(?(?:\d{1,9}|[a-zA-Z#])[.)])\s")
_DIRECTIVE: Final = re.compile(r"\.\. (?:code|code-block|sourcecode|literalinclude|math)::")
# Explicit markup that shows nothing where it stands: comments, and targets of links. Not so
# directives, footnotes, citations and substitutions.
_UNSEEN: Final = re.compile(r"\.\.(?:[ \t]+(?![\w:+.-]+::|\[|\||_)|[ \t]+_|[ \t]*$)")
_TABLE: Final = re.compile(r"\s*(?:\+[-=+]+\+|={2,}(?:\s+={2,})+)\s*")


def read_rst(text: str) -> Document:
    """Read headings, paragraphs, lists, tables and code, each with its lines."""
    marks: list[str] = []  # underline characters of the levels, in order of appearance

    def piece_at(rows: Sequence[str], at: int) -> Piece:
        row = rows[at]
        heading = _heading(rows, at)
        if heading is not None:
            mark, title, end = heading
            if mark not in marks:
                marks.append(mark)
            return Piece(BlockKind.HEADING, end, marks.index(mark) + 1, title)
        if _DIRECTIVE.match(row):
            return Piece(BlockKind.CODE, end_of_indented(rows, at))
        if _TABLE.fullmatch(row):
            return Piece(BlockKind.TABLE, end_of_paragraph(rows, at))
        end = end_of_paragraph(rows, at)
        if row[:1] in " \t" and at and rows[at - 1 - _blanks(rows, at)].rstrip().endswith("::"):
            return Piece(BlockKind.CODE, end)
        return Piece(BlockKind.LIST if _LIST.match(row) else BlockKind.PARAGRAPH, end)

    text, before = without_front_matter(text)
    text = _without_comments(text)
    return under_front_matter(read_lines(text, piece_at), before)


def _without_comments(text: str) -> str:
    """A text without comments and targets; its rows stay.

    What is indented below a comment belongs to it, unless it is empty and a blank row is next.
    """
    if ".." not in text:
        return text
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        start, at = at, at + 1
        if not _UNSEEN.match(rows[start]):
            continue
        is_empty = not rows[start].strip(". \t") and not "".join(rows[at : at + 1]).strip()
        if not is_empty:
            at = end_of_indented(rows, start)
        rows[start:at] = [""] * (at - start)
    return "\n".join(rows)


def _heading(rows: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """The mark, the title and the end of a heading that begins here."""
    following = [row.rstrip() for row in rows[at : at + 3]] + ["", ""]
    if _RULE.fullmatch(following[0]) and following[2] == following[0] and following[1].strip():
        return following[0][0] * 2, following[1], at + 3
    title, rule = following[:2]
    if _RULE.fullmatch(rule) and title[:1].strip() and len(rule) >= min(len(title), 4):
        return rule[0], title, at + 2
    return None


def _blanks(rows: Sequence[str], at: int) -> int:
    """How many blank rows are directly above a row."""
    above = at - 1
    while above > 0 and not rows[above].strip():
        above -= 1
    return at - 1 - above

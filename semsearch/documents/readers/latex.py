"""LaTeX to blocks: the source under its sections, in letters and without comments."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.latex_source import readable
from semsearch.documents.readers.line_blocks import (
    Fences,
    Piece,
    read_lines,
)

_LEVELS: Final = {
    "title": 0,
    "part": 1,
    "chapter": 2,
    "section": 3,
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
}
_HEADING: Final = re.compile(
    r"\s*\\(" + "|".join(_LEVELS) + r")\*?\s*(?:\[[^\]]*\])?\s*"
    r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
)
_HEADING_BEGINS: Final = re.compile(r"\s*\\(?:" + "|".join(_LEVELS) + r")\*?\s*[\[{\n]")
_MOST_TITLE_ROWS: Final = 6
_END: Final = re.compile(r"\\end\{([a-zA-Z]{1,40}\*?)\}")
_BEGIN: Final = re.compile(r"\s*\\begin\{([a-zA-Z]{1,40}\*?)\}")
_KINDS: Final = {
    **dict.fromkeys(("verbatim", "lstlisting", "minted", "algorithm"), BlockKind.CODE),
    **dict.fromkeys(("tabular", "tabularx", "longtable", "table"), BlockKind.TABLE),
    **dict.fromkeys(("itemize", "enumerate", "description"), BlockKind.LIST),
}
_COMMAND: Final = re.compile(r"\\[a-zA-Z]+\*?\s*|[{}]")


def read_latex(text: str) -> Document:
    """Read sections, paragraphs, lists, tables and listings, each with its lines."""
    return read_lines(readable(text), partial(_piece_at, Fences(_END.findall)))


def _piece_at(fences: Fences, rows: Sequence[str], at: int) -> Piece:
    if heading := _heading_at(rows, at):
        title = _COMMAND.sub("", heading[2].replace("~", " ").replace("\\\\", " "))
        return Piece(BlockKind.HEADING, at + 1 + heading[0].count("\n"), _LEVELS[heading[1]], title)
    begin = _BEGIN.match(rows[at])
    if begin and begin[1].rstrip("*") in _KINDS:
        is_whole = f"\\end{{{begin[1]}}}" in rows[at]
        end = at + 1 if is_whole else fences.end(rows, at, begin[1])
        return Piece(_KINDS[begin[1].rstrip("*")], end)
    end = at + 1
    while end < len(rows) and rows[end].strip() and not _begins_piece(rows, end):
        end += 1
    return Piece(BlockKind.PARAGRAPH, end)


def _begins_piece(rows: Sequence[str], at: int) -> bool:
    begin = _BEGIN.match(rows[at])
    is_known = begin is not None and begin[1].rstrip("*") in _KINDS
    return is_known or _heading_at(rows, at) is not None


def _heading_at(rows: Sequence[str], at: int) -> re.Match[str] | None:
    """The heading that begins at a row, whose title may go on below it."""
    if not _HEADING_BEGINS.match(rows[at] + "\n"):
        return None
    return _HEADING.match("\n".join(rows[at : at + _MOST_TITLE_ROWS]))

"""LaTeX to blocks: what the source shows, under its sections."""

from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail
from semsearch.documents.readers.latex_page import Page, page_of
from semsearch.documents.readers.latex_source import readable

_LEVELS: Final = {
    "title": 0,
    "part": 1,
    "chapter": 2,
    "section": 3,
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
}
_KINDS: Final = {
    **dict.fromkeys(
        ("verbatim", "Verbatim", "lstlisting", "minted", "alltt", "algorithm"), BlockKind.CODE
    ),
    **dict.fromkeys(("tabular", "tabularx", "longtable", "table"), BlockKind.TABLE),
    **dict.fromkeys(("itemize", "enumerate", "description"), BlockKind.LIST),
}


def read_latex(text: str) -> Document:
    """Read sections, paragraphs, lists, tables and listings, each with its lines."""
    source = readable(text)
    blocks = _blocks(page_of(source, _LEVELS), [bool(row.strip()) for row in text.split("\n")])
    return Document(tuple(blocks))


def _blocks(page: Page, is_text: list[bool]) -> Iterator[Block]:
    """The blocks of a page; a paragraph ends where the source has a blank row."""
    trail = HeadingTrail()
    filled = _filled(page.rows)
    begins = {
        filled[first]: (environment.last + 1, _KINDS[environment.name.rstrip("*")])
        for first, environment in page.environments.items()
        if environment.name.rstrip("*") in _KINDS
    }
    headings = {
        filled[first]: heading
        for first, heading in page.headings.items()
        if filled[first] <= heading.last
    }
    stops = {*headings, *begins, page.body}
    at = 0
    while (at := filled[at]) < len(page.rows):
        kind = BlockKind.PARAGRAPH
        if heading := headings.get(at):
            kind, end = BlockKind.HEADING, heading.last + 1
            trail.enter(_LEVELS[heading.command], heading.title[:LONGEST_TITLE])
        elif at in begins and begins[at][0] > at:
            end, kind = begins[at]
        else:
            end = at + 1
            while end < len(page.rows) and is_text[end] and end not in stops:
                end += 1
        rows = [n for n in range(at, end) if page.rows[n].strip()]
        text = "\n".join(page.rows[n].rstrip() for n in rows)
        yield Block(kind, text, [n + 1 for n in rows], headings=trail.titles)
        at = end


def _filled(rows: list[str]) -> list[int]:
    """Of each row, and of the end, the first from it on in which something stands, or the end."""
    following = [len(rows)]
    for at in reversed(range(len(rows))):
        following.append(at if rows[at].strip() else following[-1])
    return following[::-1]

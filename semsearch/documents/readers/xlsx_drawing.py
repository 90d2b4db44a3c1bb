"""What stands beside the cells of a workbook's sheet: notes, text boxes, charts, page headers."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.office_drawings import (
    anchor_row,
    description,
    embedded_rows,
    graphic_rows,
    is_hidden,
    paragraph_rows,
)
from semsearch.documents.readers.ooxml import OfficePackage, nearest
from semsearch.documents.readers.sheet import column_of
from semsearch.documents.readers.zip_package import Element, local

_ANY_COLUMN: Final = -1
_CELL: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ANCHORS: Final = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")
_SHAPES: Final = ("sp", "cxnSp", "pic", "graphicFrame", "grpSp")
_DEEPEST: Final = 50  # groups in groups
# Codes of headers and footers (ECMA-376, part 1, 18.3.1.46): fonts, sizes, colours, page numbers,
# dates, places on the page. "&&" is an ampersand.
_CODE: Final = re.compile(r'&(?:"[^"]*"|\[\w+\]|\d+|K[0-9A-Fa-f+-]{6}|([A-Za-z&]))')


def texts_beside(package: OfficePackage, book: str, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Yield (row, column, text) of the notes and drawings of a sheet, rows and columns as in it."""
    threaded = list(_threads(package, book, sheet))
    yield from threaded
    answered = {(row, column) for row, column, _ in threaded}
    for part in package.related(sheet, "comments"):
        root = package.part(part)
        for comment in () if root is None else nearest(root, "comment"):
            text = "".join(t.text or "" for t in nearest(comment, "t", skipped=frozenset({"rPh"})))
            place = _cell_of(comment)
            if text.strip() and place not in answered:  # else it only says that there is a thread
                yield *place, f"note on {comment.get('ref')}: {text}"
    yield from drawn_texts(package, sheet)


def drawn_texts(package: OfficePackage, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Yield (row, column, text) of the drawings of a sheet, and of its objects."""
    for part in package.related(sheet, "drawing"):
        root = package.part(part)
        if root is not None:
            for row, text in _drawn(package, part, root):
                yield row, _ANY_COLUMN, text
    for part in package.related(sheet, "package", "oleObject"):
        yield 0, _ANY_COLUMN, "\n".join(embedded_rows(package, part))


def _threads(package: OfficePackage, book: str, sheet: str) -> Iterator[tuple[int, int, str]]:
    """The comments of today's Excel, each with its author."""
    people: dict[str | None, str] = {}
    for part in package.related(book, "person"):
        root = package.part(part)
        for person in () if root is None else nearest(root, "person"):
            people[person.get("id")] = person.get("displayName", "")
    for part in package.related(sheet, "threadedComment"):
        root = package.part(part)
        for comment in () if root is None else nearest(root, "threadedComment"):
            text = "".join(text.text or "" for text in nearest(comment, "text"))
            author = people.get(comment.get("personId"), "")
            by = f" by {author}" if author else ""
            yield *_cell_of(comment), f"comment on {comment.get('ref')}{by}: {text}"


def _cell_of(comment: Element) -> tuple[int, int]:
    match = _CELL.fullmatch(comment.get("ref") or "")
    return (int(match[2]), column_of(match[1])) if match else (1, _ANY_COLUMN)


def _drawn(package: OfficePackage, part: str, root: Element) -> Iterator[tuple[int, str]]:
    """The words of each shape, with the row at which it begins; a chart sheet has no rows."""
    for anchor in nearest(root, *_ANCHORS):
        row = anchor_row(anchor) if local(anchor.tag) != "absoluteAnchor" else 0
        for text in shape_texts(package, part, anchor):
            yield row, text


def shape_texts(package: OfficePackage, part: str, above: Element, depth: int = 0) -> Iterator[str]:
    """Yield the words of the shapes below an element, groups taken apart."""
    for shape in nearest(above, *_SHAPES):
        if is_hidden(shape):
            continue
        if local(shape.tag) == "grpSp" and depth < _DEEPEST:
            yield from shape_texts(package, part, shape, depth + 1)
            continue
        for body in nearest(shape, "txBody"):
            yield "\n".join(paragraph_rows(body))
        rows = graphic_rows(package, part, shape)
        if rows:
            yield "; ".join(rows)
        yield from description(shape)


def page_text(code: str) -> str:
    """The words of a header or footer of printed pages, without what differs from page to page.

    >>> page_text('&L&"Arial,Bold"&8Draft&CPage &P of &N&RCosts && fees')
    'Draft Costs & fees'
    """
    parts = re.split("&[LCR]", code)
    words = (_words(part) for part in parts if not _counts_pages(part))
    return " ".join(filter(None, words))


def _counts_pages(part: str) -> bool:
    """Whether a part hardly says more than the number of the page."""
    return (
        re.search(r"&(?:[PN]|\[PAGES?\])", part) is not None
        and len(re.findall(r"[^\W\d_]+", _words(part))) <= 2
    )


def _words(part: str) -> str:
    shown = _CODE.sub(lambda found: "&" if found[1] == "&" else " ", part)
    return " ".join(shown.split())

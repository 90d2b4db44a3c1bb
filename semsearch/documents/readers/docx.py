"""Word documents (ECMA-376, WordprocessingML) to blocks."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.zip_package import Element, Package, attribute, local

_BODY: Final = "word/document.xml"
_STYLES: Final = "word/styles.xml"
_NOTES: Final = ("word/footnotes.xml", "word/endnotes.xml")
_HEADING: Final = re.compile(r"heading ([1-9])", re.IGNORECASE)
_NOT_READ: Final = frozenset({"Fallback", "del", "moveFrom", "instrText", "pPr", "rPr"})
_ROWS_OF: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def read_docx(data: bytes) -> Document:
    """Read headings, paragraphs, lists and tables, then the notes; deleted text is left out."""
    package = Package(data)
    flow = Flow()
    reader = _Reader(flow, _levels(package))
    reader.read(package.xml(_BODY))
    for name in _NOTES:
        if name in package.names:
            reader.read(package.xml(name))
    return flow.document(package.title())


def _levels(package: Package) -> dict[str, int]:
    """The level of each style that makes a heading; 0 for the title."""
    if _STYLES not in package.names:
        return {}
    levels: dict[str, int] = {}
    for style in package.xml(_STYLES):
        identity = attribute(style, "styleId")
        name = _value(style, "name") or ""
        outline = _value(style, "outlineLvl")
        if identity is None:
            continue
        if match := _HEADING.fullmatch(name):
            levels[identity] = int(match[1])
        elif name.lower() == "title":
            levels[identity] = 0
        elif outline is not None and outline.isdigit() and int(outline) < 9:
            levels[identity] = int(outline) + 1
    return levels


class _Reader:
    """Walks the body once; the items of a list are collected until the list ends."""

    def __init__(self, flow: Flow, levels: dict[str, int]) -> None:
        self._flow = flow
        self._levels = levels
        self._items: list[str] = []

    def read(self, root: Element) -> None:
        for element in _outermost(root):
            if local(element.tag) == "tbl":
                self._end_list()
                self._flow.rows(BlockKind.TABLE, [_row(row) for row in _below(element, "tr")])
            else:
                self._paragraph(element)
        self._end_list()

    def _paragraph(self, element: Element) -> None:
        text = _text(element)
        properties = next((child for child in element if local(child.tag) == "pPr"), None)
        style = None if properties is None else _value(properties, "pStyle")
        level = self._levels.get(style or "")
        is_item = properties is not None and any(local(c.tag) == "numPr" for c in properties)
        if level is None and is_item:
            self._items.append(f"- {text}" if text.strip() else "")
            return
        self._end_list()
        if level is not None:
            self._flow.heading(level, text)
        else:
            self._flow.paragraph(text)

    def _end_list(self) -> None:
        self._flow.rows(BlockKind.LIST, self._items)
        self._items = []


def _outermost(root: Element) -> Iterator[Element]:
    """The paragraphs and tables that are inside no other, in order."""
    stack = [iter(root)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif local(element.tag) in ("p", "tbl"):
            yield element
        elif local(element.tag) not in _NOT_READ:
            stack.append(iter(element))


def _below(element: Element, name: str) -> Iterator[Element]:
    """The nearest descendants with that name."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif local(child.tag) == name:
            yield child
        elif local(child.tag) not in _NOT_READ:
            stack.append(iter(child))


def _row(row: Element) -> str:
    cells = (" ".join(_text(cell).split()) for cell in _below(row, "tc"))
    return " | ".join(cells)


def _text(element: Element) -> str:
    pieces: list[str] = []
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        name = local(child.tag)
        if name == "t":
            pieces.append(child.text or "")
        elif name in _ROWS_OF:
            pieces.append(_ROWS_OF[name])
        elif name not in _NOT_READ:
            pieces += ["\n"] if name == "p" and pieces else []
            stack.append(iter(child))
    return "".join(pieces)


def _value(element: Element, name: str) -> str | None:
    """The ``val`` of the first descendant with that name."""
    found = next((child for child in element.iter() if local(child.tag) == name), None)
    return None if found is None else attribute(found, "val")

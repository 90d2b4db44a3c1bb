"""OpenDocument texts and presentations (ISO/IEC 26300) to blocks."""

from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.zip_package import Element, Package, attribute, local
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MANIFEST: Final = "META-INF/manifest.xml"
_NOT_READ: Final = frozenset({"annotation", "tracked-changes", "note-citation", "forms"})
_MOST_SPACES: Final = 1000  # spaces expanded per element


def read_odf(data: bytes) -> Document:
    """Read headings, paragraphs, lists and tables; a presentation slide by slide."""
    package = Package(data)
    if _MANIFEST in package.names and b"encryption-data" in package.bytes_of(_MANIFEST):
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
    flow = Flow()
    slides = 0
    stack = [iter(package.xml("content.xml"))]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
            continue
        name = local(element.tag)
        if name == "page":
            slides += 1
            flow.begin_part(f"slide {slides}", page=slides)
            flow.trail.enter(1, "")  # the heading of the previous slide ends
        if name == "h":
            flow.heading(_level(element), _text(element))
        elif name == "p":
            flow.paragraph(_text(element))
        elif name == "frame" and attribute(element, "class") == "title":
            flow.heading(1, " ".join(_text(element).split()))
        elif name == "list":
            flow.rows(BlockKind.LIST, [f"- {_text(item)}" for item in _below(element, "p", "h")])
        elif name == "table":
            flow.rows(BlockKind.TABLE, [_row(row) for row in _below(element, "table-row")])
        elif name not in _NOT_READ:
            stack.append(iter(element))
    return flow.document(package.title())


def _level(heading: Element) -> int:
    level = attribute(heading, "outline-level") or "1"
    return int(level) if level.isdigit() else 1


def _row(row: Element) -> str:
    cells = _below(row, "table-cell", "covered-table-cell")
    return " | ".join(" ".join(_text(cell).split()) for cell in cells)


def _below(element: Element, *names: str) -> Iterator[Element]:
    """The nearest descendants with these names."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif local(child.tag) in names:
            yield child
        elif local(child.tag) not in _NOT_READ:
            stack.append(iter(child))


def _text(element: Element) -> str:
    """The text of an element in order; its tail belongs to the parent."""
    pieces = [element.text or ""]
    stack = [(element, iter(element))]
    while stack:
        child = next(stack[-1][1], None)
        if child is None:
            ended, _ = stack.pop()
            pieces.append(ended.tail or "" if stack else "")
            continue
        name = local(child.tag)
        if name in _NOT_READ:
            pieces.append(child.tail or "")
        elif name == "s":
            count = attribute(child, "c") or "1"
            spaces = int(count) if count.isdigit() else 1
            pieces.append(" " * min(spaces, _MOST_SPACES) + (child.tail or ""))
        elif name in ("tab", "line-break"):
            pieces.append(("\t" if name == "tab" else "\n") + (child.tail or ""))
        else:
            pieces.append("\n" if name == "p" and any(pieces) else "")
            pieces.append(child.text or "")
            stack.append((child, iter(child)))
    return "".join(pieces)

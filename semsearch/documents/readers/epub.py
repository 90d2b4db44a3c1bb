"""EPUB books (EPUB 3.3 and 2) to blocks, chapter by chapter."""

import posixpath
from typing import Final
from urllib.parse import unquote

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.headings import title_named
from semsearch.documents.readers.html import read_html
from semsearch.documents.readers.zip_package import Element, Package, local
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"


def read_epub(data: bytes) -> Document:
    """Read the text of each chapter in reading order, under the title of the book.

    Raises ``DocumentUnreadable`` for a book whose text is encrypted.
    """
    package = Package(data)
    flow = Flow()
    title, chapters = _spine(package)
    flow.trail.enter(0, title)
    is_locked = _ENCRYPTION in package.names
    for number, name in enumerate(chapters, start=1):
        flow.begin_part(f"chapter {number}")
        flow.trail.enter(1, "")  # the headings of the previous chapter end
        for block in read_html(package.bytes_of(name), is_book=True).blocks:
            if block.kind is BlockKind.HEADING:
                flow.heading(len(block.headings), block.text)
            elif block.kind is BlockKind.PARAGRAPH:
                flow.paragraph(block.text)
            else:
                flow.rows(block.kind, block.text.split("\n"))
    document = flow.document(title_named(title))
    if is_locked and not document.blocks:
        raise DocumentUnreadable(
            ReasonCode.ENCRYPTED_BOOK, "the text of this book is encrypted (DRM)"
        )
    return document


def _spine(package: Package) -> tuple[str, list[str]]:
    """The title of the book and the names of its chapter files, in reading order."""
    container = package.xml(_CONTAINER)
    root = next((e.get("full-path") for e in container.iter() if local(e.tag) == "rootfile"), None)
    if root is None:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged EPUB: its container names no book")
    book = package.xml(root)
    title = next((e.text or "" for e in book.iter() if local(e.tag) == "title"), "")
    names = {
        e.get("id"): posixpath.normpath(
            posixpath.join(posixpath.dirname(root), unquote(e.get("href", "")))
        )
        for e in book.iter()
        if local(e.tag) == "item"
    }
    order = [names.get(e.get("idref")) for e in book.iter() if local(e.tag) == "itemref"]
    # Notes that the text links to stand at the end where the reading order does not have them.
    pages = [names.get(e.get("id")) for e in book.iter() if _is_page(e)]
    in_order = set(order)
    order += [name for name in pages if name not in in_order]
    return " ".join(title.split()), [name for name in order if name in package.names and name]


def _is_page(element: Element) -> bool:
    """Whether an element of the package document is a page of text, and no table of contents."""
    return (
        local(element.tag) == "item"
        and element.get("media-type") == "application/xhtml+xml"
        and "nav" not in element.get("properties", "").split()
    )

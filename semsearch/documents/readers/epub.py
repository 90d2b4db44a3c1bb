"""EPUB books (EPUB 3.3 and 2) to blocks, chapter by chapter."""

import posixpath
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import unquote

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.headings import title_named
from semsearch.documents.readers.html import Chapter, read_chapter
from semsearch.documents.readers.html_tree import root_of
from semsearch.documents.readers.print_pages import PrintedPage
from semsearch.documents.readers.zip_package import Element, Package, local
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_NO_PAGE: Final = PrintedPage("", sys.maxsize, False)
_NCX: Final = "application/x-dtbncx+xml"


def read_epub(data: bytes) -> Document:
    """Read the text of each chapter in reading order, under the title of the book.

    Where the book names the pages of its print edition, they are named in each place. Raises
    ``DocumentUnreadable`` for a book whose text is encrypted.
    """
    package = Package(data)
    flow = Flow()
    book = _book(package)
    flow.trail.enter(0, book.title)
    is_locked = _ENCRYPTION in package.names
    page = ""
    for number, name in enumerate(book.chapters, start=1):
        flow.begin_part(_part(number, page))
        flow.trail.enter(1, "")  # the headings of the previous chapter end
        print_pages = book.print_pages.get(name, {})
        try:
            content = package.bytes_of(name)
        except DocumentUnreadable as error:  # the other chapters can be read
            package.add_fault(error)
            continue
        chapter = read_chapter(content, print_pages)
        page = _add(chapter, flow, number, print_pages.get("", page))
    document = flow.document(title_named(book.title), package.fault)
    if is_locked and not document.blocks:
        raise DocumentUnreadable(
            ReasonCode.ENCRYPTED_BOOK, "the text of this book is encrypted (DRM)"
        )
    if document.unread is not None and not document.blocks:
        raise DocumentUnreadable(document.unread.code, document.unread.detail)
    return document


def _add(chapter: Chapter, flow: Flow, number: int, page: str) -> str:
    """Add a chapter that begins on a printed page; returns the page on which it ends."""
    begun = iter([*chapter.printed, _NO_PAGE])
    coming = next(begun)
    for at, block in enumerate(chapter.blocks):
        first, page = page, page
        while coming.block <= at:
            first = first if coming.is_within else coming.number
            page, coming = coming.number, next(begun)
        flow.continue_part(_part(number, f"{first}-{page}" if first and first != page else page))
        if block.kind is BlockKind.HEADING:
            flow.heading(len(block.headings), block.text)
        elif block.kind is BlockKind.PARAGRAPH:
            flow.paragraph(block.text)
        else:
            flow.rows(block.kind, block.text.split("\n"))
    return chapter.printed[-1].number if chapter.printed else page


def _part(chapter: int, page: str) -> str:
    return f"print p.{page} chapter {chapter}" if page else f"chapter {chapter}"


class _Book(NamedTuple):
    """A book's title, its chapters in reading order, and the printed pages that begin in each.

    ``print_pages`` has the numbers of these pages by the chapter's name and the id of the element
    at which the page begins, or an empty id for a page that begins with the chapter.
    """

    title: str
    chapters: list[str]
    print_pages: Mapping[str, Mapping[str, str]]


def _book(package: Package) -> _Book:
    container = package.xml(_CONTAINER)
    root = next((e.get("full-path") for e in container.iter() if local(e.tag) == "rootfile"), None)
    if root is None:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged EPUB: its container names no book")
    book = package.xml(root)
    title = next((e.text or "" for e in book.iter() if local(e.tag) == "title"), "")
    items = [element for element in book.iter() if local(element.tag) == "item"]
    names = {e.get("id"): _path(root, e.get("href", ""))[0] for e in items}
    order = [names.get(e.get("idref")) for e in book.iter() if local(e.tag) == "itemref"]
    # Notes that the text links to stand at the end where the reading order does not have them.
    in_order = set(order)
    order += [name for e in items if _is_page(e) and (name := names[e.get("id")]) not in in_order]
    chapters = [name for name in dict.fromkeys(order) if name]
    lists = [name for e in items if _lists_pages(e) and (name := names[e.get("id")])]
    print_pages: dict[str, dict[str, str]] = defaultdict(dict)
    for name in lists:
        if name in package.names and not print_pages:
            with suppress(DocumentUnreadable):  # the text is complete without it
                for place, number in _listed_pages(package, name):
                    file, fragment = _path(name, place)
                    print_pages[file].setdefault(fragment, " ".join(number.split()))
    return _Book(" ".join(title.split()), chapters, print_pages)


def _path(base: str, reference: str) -> tuple[str, str]:
    """The member of the package that a reference in another one leads to, and the id in it."""
    path, _, fragment = reference.partition("#")
    path = posixpath.join(posixpath.dirname(base), unquote(path)) if path else base
    return posixpath.normpath(path), unquote(fragment)


def _is_page(element: Element) -> bool:
    """Whether an item of the package document is a page of text, and no table of contents."""
    is_text = element.get("media-type") == "application/xhtml+xml"
    return is_text and "nav" not in element.get("properties", "").split()


def _lists_pages(element: Element) -> bool:
    """Whether an item of the package document may list the pages of the print edition."""
    is_ncx = element.get("media-type") == _NCX  # of EPUB 2
    return is_ncx or "nav" in element.get("properties", "").split()


def _listed_pages(package: Package, name: str) -> Iterator[tuple[str, str]]:
    """The places in a book where a printed page begins, with its number."""
    root = root_of(decoded(package.bytes_of(name)).text)
    if root is None:
        return
    for listed in root.iter("nav"):
        if "page-list" in (listed.get("epub:type") or "").split():
            for link in listed.iter("a"):
                yield link.get("href") or "", "".join(link.itertext())
    for target in root.iter("pagetarget"):
        content, text = target.find(".//content"), target.find(".//text")
        if content is not None and text is not None:
            yield content.get("src") or "", "".join(text.itertext())

"""HTML to blocks: the main text, each row with the source line on which it begins."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from semsearch.documents.document import Block, Document
from semsearch.documents.readers.encoding import Decoded, decoded
from semsearch.documents.readers.front_matter import under_front_matter, without_front_matter
from semsearch.documents.readers.headings import LONGEST_TITLE, title_named
from semsearch.documents.readers.html_row import collapsed
from semsearch.documents.readers.html_rows import HtmlReader
from semsearch.documents.readers.html_tree import root_of
from semsearch.documents.readers.print_pages import PrintedPage

_CHARSET: Final = re.compile(rb"<meta[^>]{1,200}?charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def read_html(data: bytes, *, only_text: bool = True) -> Document:
    """Read the main text of a page; navigation, scripts, styles and hidden parts are left out.

    Without ``only_text`` navigation and what stands beside the body's text are read, too.
    """
    page = _decoded(data)
    text, before = without_front_matter(page.text)
    root = root_of(text)
    reader = HtmlReader(root, is_book=False, only_text=only_text)
    if only_text and not reader.blocks:  # as where a menu was left open
        reader = HtmlReader(root, is_book=False, only_text=False)
    document = under_front_matter(_headed(reader), before)
    return replace(document, encoding=page.encoding, invalid_bytes=page.invalid_bytes)


class Chapter(NamedTuple):
    """A page of text of a book: its blocks, and the printed pages that begin in it, in order."""

    blocks: Sequence[Block]
    printed: Sequence[PrintedPage]


def read_chapter(data: bytes, print_pages: Mapping[str, str]) -> Chapter:
    """Read a page of a book: its asides and footers are text, too.

    Its notes are read although readers of books hide them until they are called up. ``print_pages``
    has the numbers of printed pages by the id of the element at which they begin.
    """
    root = root_of(_decoded(data).text)
    reader = HtmlReader(root, is_book=True, only_text=False, print_pages=print_pages)
    return Chapter(_headed(reader).blocks, reader.printed)


def _decoded(data: bytes) -> Decoded:
    return decoded(data, declared_encoding(data[:2048]))


def declared_encoding(beginning: bytes) -> str | None:
    """Return the encoding that the beginning of a page names; None where it names none."""
    declared = _CHARSET.search(beginning)
    return declared[1].decode("ascii") if declared else None


def _headed(reader: HtmlReader) -> Document:
    """The document, with its pictures; the page's title heads it when there is no h1."""
    blocks: Sequence[Block] = reader.blocks
    if reader.pictures.count:
        blocks = reader.pictures.among(blocks, collapsed(reader.title))
    title = collapsed(reader.title)[:LONGEST_TITLE]
    if title and not reader.has_top_heading:
        blocks = [block._replace(headings=(title, *block.headings)) for block in blocks]
    return Document(tuple(blocks), title=title_named(title))

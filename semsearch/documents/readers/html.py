"""HTML to blocks: the main text, each row with the source line on which it begins."""

import re
from dataclasses import replace
from typing import Final

from semsearch.documents.document import Document
from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.front_matter import under_front_matter, without_front_matter
from semsearch.documents.readers.headings import LONGEST_TITLE, title_named
from semsearch.documents.readers.html_rows import PageReader, collapsed
from semsearch.documents.readers.html_tree import root_of

_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def read_html(data: bytes, *, is_book: bool = False, only_text: bool = True) -> Document:
    """Read the main text of a page; navigation, scripts, styles and hidden parts are left out.

    ``is_book`` says that the page is a chapter: its asides and footers are text, and its notes are
    read although readers of books hide them until they are called up. Without ``only_text`` no
    navigation is left out but ``<nav>`` and what stands beside the body's text.
    """
    declared = _CHARSET.search(data[:2048])
    page = decoded(data, declared[1].decode("ascii") if declared else None)
    text, before = without_front_matter(page.text)
    root = root_of(text)
    reader = PageReader(root, is_book=is_book, only_text=only_text and not is_book)
    if only_text and not reader.blocks:  # as where a menu was left open
        reader = PageReader(root, is_book=is_book, only_text=False)
    document = under_front_matter(_headed(reader), before)
    return replace(document, encoding=page.encoding, invalid_bytes=page.invalid_bytes)


def _headed(reader: PageReader) -> Document:
    """The document; the page's title heads it when there is no h1."""
    blocks, title = reader.blocks, collapsed(reader.title)[:LONGEST_TITLE]
    if title and not reader.has_top_heading:
        blocks = [block._replace(headings=(title, *block.headings)) for block in blocks]
    return Document(tuple(blocks), title=title_named(title))

"""PDF to blocks, page by page; the only door to pypdf."""

import io
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, BinaryIO, Final

import pypdf
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from semsearch.documents.document import Document
from semsearch.documents.readers.headings import LONGEST_TITLE, title_named
from semsearch.documents.readers.ocr import text_of_page
from semsearch.documents.readers.page_blocks import blocks_of_pages
from semsearch.documents.readers.pdf_attachments import attached_files, blocks_of_files
from semsearch.documents.readers.pdf_cleanup import without_furniture
from semsearch.documents.readers.pdf_fonts import Typefaces
from semsearch.documents.readers.pdf_layers import Layers
from semsearch.documents.readers.pdf_page_content import (
    LIGATURES,
    SURROGATES,
    PageContent,
    content_of,
)
from semsearch.documents.readers.pdf_second_reader import SecondReader
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

# pypdf logs every irregularity of a file, which users cannot fix.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_MOST_OUTLINE_ENTRIES: Final = 10_000
_PAGE_TYPE: Final = re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z])")
_LONGEST_TYPE: Final = 20  # bytes that ``_PAGE_TYPE`` looks at
_LEAST_PAGE: Final = 8  # bytes that a page takes, compressed; a damaged count may say anything
_PIECE: Final = 1 << 20  # bytes


def read_pdf(data: bytes, languages: str | None = None) -> Document:
    """Read the text of each page, under the headings of the outline where there is one.

    Each row knows its line on the page. Rows that repeat on most pages are read once, and words
    that the end of a line has cut are joined. Values of forms, typed notes and comments stand on
    their page, attached files behind the last page. A page without a text layer (a scan), with
    unusable text, or that cannot be read, is named in ``blank_pages``, or read by OCR when
    ``languages`` are given. Raises ``DocumentUnreadable`` for a file of which no page can be read.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected PDF")
        with closing(SecondReader(data)) as second:
            pages = list(_pages(reader, second))
        labels = _labels(reader, len(pages))
        files = attached_files(reader.root_object, (file for page in pages for file in page.files))
    except (DependencyError, FileNotDecryptedError) as error:
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected PDF") from error
    except PyPdfError as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged PDF: {error}") from error
    texts = [page.text for page in pages]
    if languages:
        texts = [
            text_of_page(data, number, languages) if page.needs_ocr else page.text
            for number, page in enumerate(pages, start=1)
        ]
    unread = [
        number
        for number, (page, text) in enumerate(zip(pages, texts, strict=True), start=1)
        if not text.strip() or (page.is_unreadable and not languages)
    ]
    blank = tuple(number for number in unread if not (files and pages[number - 1].is_empty))
    rows = [
        "\n".join([*([text] if text.strip() else []), *page.notes])
        for text, page in zip(without_furniture(texts), pages, strict=True)
    ]
    blocks = list(blocks_of_pages(rows, _outline(reader), labels))
    unread_files = UnreadParts()
    blocks += blocks_of_files(files, unread_files)
    return Document(
        tuple(blocks),
        page_count=len(pages),
        blank_pages=blank,
        has_lines=not files,
        title=_title(reader),
        unread=unread_files.reason,
        reread=second.result,
    )


def page_texts(data: bytes) -> list[str]:
    """Return the text of each page as it is read, with headers and divided words."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    with closing(SecondReader(data)) as second:
        return [page.text for page in _pages(reader, second)]


def page_count(file: BinaryIO) -> int:
    """Return how many pages a PDF has, at least 1, without reading them.

    The page tree tells (PDF 1.7, 7.7.3); where it cannot be read, the page objects are counted that
    are not compressed.
    """
    size = file.seek(0, io.SEEK_END)
    try:
        root: Any = pypdf.PdfReader(file).root_object
        count = int(root["/Pages"]["/Count"])
    except Exception:  # pypdf raises any exception for broken structures
        count = 0
    if not 0 < count <= size // _LEAST_PAGE:
        count = _page_objects(file)
    return max(1, count)


def _page_objects(file: BinaryIO) -> int:
    """Count the dictionaries of pages in the bytes of a PDF."""
    file.seek(0)
    count, rest = 0, b""
    while piece := file.read(_PIECE):
        read = rest + piece
        kept = len(read) if len(piece) < _PIECE else len(read) - _LONGEST_TYPE
        ends = [match.end() for match in _PAGE_TYPE.finditer(read) if match.start() < kept]
        count += len(ends)
        rest = read[max(kept, ends[-1] if ends else 0) :]
    return count


def _title(reader: pypdf.PdfReader) -> str | None:
    try:
        return title_named(str((reader.metadata and reader.metadata.title) or ""))
    except Exception:
        return None  # pypdf raises any exception for broken structures


def _labels(reader: pypdf.PdfReader, pages: int) -> list[str]:
    """The page labels, where they differ from the page numbers; else nothing."""
    try:
        labels = [str(label) for label in reader.page_labels]
    except Exception:
        return []  # pypdf raises any exception for broken structures
    is_plain = labels == [str(number) for number in range(1, pages + 1)]
    is_usable = len(labels) == pages and all(label.strip() for label in labels)
    return labels if is_usable and not is_plain else []


def _pages(reader: pypdf.PdfReader, second: SecondReader) -> Iterator[PageContent]:
    """The content of each page; a page that cannot be read is blank, if another page can.

    The second reader is asked for pages whose text is broken.
    """
    failure = None
    has_text = False
    typefaces, layers = Typefaces(), Layers(reader.root_object)
    for number, page in enumerate(reader.pages, start=1):
        try:
            content = second.better(number, content_of(page, typefaces, layers))
        except Exception as error:  # filters and fonts fail with any exception
            failure, content = error, second.better(number, PageContent(), is_damaged=True)
        has_text = has_text or bool(content.text.strip())
        yield content
    if failure is not None and not has_text:
        raise failure


def _outline(reader: pypdf.PdfReader) -> dict[int, list[tuple[int, str]]]:
    """(level, title) of the outline's entries, by the page of their destination."""
    entries: dict[int, list[tuple[int, str]]] = {}
    try:
        for level, destination in _flattened(reader.outline):
            page = reader.get_destination_page_number(destination)
            title = " ".join(str(destination.title or "").split())[:LONGEST_TITLE]
            if page is not None and page >= 0 and title:
                title = title.translate(LIGATURES).translate(SURROGATES)
                entries.setdefault(page + 1, []).append((level, title))
    except Exception:
        # Broken outlines raise any exception; the text is complete without them.
        return {}
    return entries


def _flattened(outline: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Each entry with its level; entries below an entry are in a list after it."""
    stack = [iter(outline)]
    for _ in range(_MOST_OUTLINE_ENTRIES):
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            if not stack:
                return
        elif isinstance(entry, list):
            stack.append(iter(entry))
        else:
            yield len(stack), entry

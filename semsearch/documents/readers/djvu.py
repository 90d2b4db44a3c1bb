"""DjVu to blocks, page by page: the text under the scans, by DjVuLibre where it is installed.

Its programs get the document on standard input, under the limits of the reader process.
"""

import re
import shutil
from typing import Final

from semsearch.documents.document import Document
from semsearch.documents.readers.child_process import ended_after, output_of
from semsearch.documents.readers.djvu_file import DjvuFile
from semsearch.documents.readers.ocr import DOTS_PER_INCH
from semsearch.documents.readers.page_blocks import paged_document
from semsearch.documents.readers.pdf_page_content import clean
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

_TEXT: Final = ("djvutxt", "--detail=page", "-")
_DECOMPRESSOR: Final = "bzz"
_PICTURE: Final = ("ddjvu", "-format=pgm", f"-scale={DOTS_PER_INCH}")
# One expression a page: its text with escapes of C, nothing for a page without, or a word.
_PAGE: Final = re.compile(rb'\(page[-\d\s]*+"((?:[^"\\]|\\.)*+)"\s*+\)|\(\)|(failed)', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\n", b"f": b"\n", b"v": b"\n"}
# Ends of columns, regions and paragraphs, each behind a row (DjVu3, 8.3.5.1).
_ENDS: Final = str.maketrans({"\v": "\n", "\x1d": "\n", "\x1f": "\n", "\f": "\n"})
# Codes of the ligatures in TeX's T1 fonts, which pdf2djvu 0.9 writes as they are; of those that are
# ends, too, only within a word.
_LIGATURES: Final = {"\x1b": "ff", "\x1c": "fi", "\x1d": "fl", "\x1e": "ffi", "\x1f": "ffl"}
_LIGATURE: Final = re.compile(r"[\x1b\x1c\x1e]|(?<=\w)[\x1d\x1f](?=\w)")


def read_djvu(data: bytes, languages: str | None = None) -> Document:
    """Read the text layer of each page, under the headings of the outline where there is one.

    A page without text is named in ``blank_pages``, or read by OCR when ``languages`` are given.
    Raises ``DocumentUnreadable``, also for a document whose pages are in other files.
    """
    file = DjvuFile.of(data)
    if file.is_indirect:
        raise DocumentUnreadable(
            ReasonCode.PAGES_ELSEWHERE, "its pages are in other files; djvmcvt -b joins them"
        )
    said = ended_after(_TEXT, data, ReasonCode.NEEDS_DJVULIBRE).stdout
    found = list(_PAGE.finditer(said))
    failed = [number for number, match in enumerate(found, start=1) if match[2]]
    pages = ["" if match[1] is None else _text(match[1]) for match in found]
    unread = _fault(file, failed, len(pages))
    if unread is not None and not any(map(str.strip, pages)) and not languages:
        raise DocumentUnreadable(unread.code, unread.detail)

    def picture_of(page: int) -> bytes:
        return output_of((*_PICTURE, f"-page={page}", "-", "-"), data)

    return paged_document(
        pages,
        file.titles(_decompressed),
        unread=unread,
        picture_of=picture_of,
        languages=languages,
    )


def _fault(file: DjvuFile, failed: list[int], pages: int) -> Reason | None:
    """Why a part of the document cannot be read; None where it is whole."""
    if not pages:
        return Reason(ReasonCode.DAMAGED, "damaged DjVu document: it has no page")
    if not file.is_whole:
        return Reason(ReasonCode.DAMAGED, "damaged DjVu document: it ends in the middle")
    if failed:
        told = f"page {failed[0]}" if len(failed) == 1 else f"{len(failed)} pages"
        return Reason(ReasonCode.DAMAGED, f"damaged DjVu document: {told} of {pages}")
    return None


def _text(escaped: bytes) -> str:
    def meant(match: "re.Match[bytes]") -> bytes:
        code = match[1]
        if code.isdigit():
            return bytes([int(code, 8) & 0xFF])
        return _ESCAPED.get(code, code)

    text = _ESCAPE.sub(meant, escaped).decode("utf-8", "replace")
    text = _LIGATURE.sub(lambda match: _LIGATURES[match[0]], text)
    return clean(text.translate(_ENDS))


def _decompressed(data: bytes) -> bytes:
    """What some bytes are that BZZ has compressed; nothing without its program."""
    if shutil.which(_DECOMPRESSOR) is None:
        return b""
    command = (_DECOMPRESSOR, "-d", "-", "-")
    return ended_after(command, data, ReasonCode.NEEDS_DJVULIBRE).stdout

"""What stands beside the cells of a binary workbook (MS-XLSB): drawings, notes, page headers.

calamine reads the cells. Drawings and charts are XML, as in other workbooks.
"""

import struct
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.ooxml import OfficePackage
from semsearch.documents.readers.sheet import cell_name
from semsearch.documents.readers.xlsx_drawing import drawn_texts, page_text

_USUAL: Final = "xl/workbook.bin"
_SHEET, _PAGES, _NOTE, _NOTE_TEXT = 156, 479, 635, 637  # types of records (2.3)
_SHEET_NAMES_AT: Final = 8
_NONE: Final = 0xFFFFFFFF  # the length of a text that is not there


def sheets_beside(package: OfficePackage) -> Iterator[tuple[str, list[tuple[int, str]], str]]:
    """Yield the name of each sheet, its texts by row, from 1, and the words of its pages.

    Raises ``struct.error`` for a damaged one.
    """
    main = package.main_part(_USUAL)
    for kind, data in _records(package.bytes_of(main)):
        if kind == _SHEET:
            identity, at = _text(data, _SHEET_NAMES_AT)
            name, _ = _text(data, at)
            related = package.relations(main).get(identity)
            if related is not None:
                beside = [*_notes(package, related.target)]
                beside += [(row, text) for row, _, text in drawn_texts(package, related.target)]
                yield name, beside, _page(package.bytes_of(related.target))


def _notes(package: OfficePackage, sheet: str) -> Iterator[tuple[int, str]]:
    for part in package.related(sheet, "comments"):
        row, column = 0, 0
        for kind, data in _records(package.bytes_of(part)):
            if kind == _NOTE:
                row, _, column = struct.unpack_from("<III", data, 4)
            elif kind == _NOTE_TEXT:
                text, _ = _text(data, 1)
                yield row + 1, f"note on {cell_name(row + 1, column)}: {text}"


def _page(data: bytes) -> str:
    """The words of headers and footers: usual ones, those of even pages, of the first."""
    texts: list[str] = []
    for kind, record in _records(data):
        at = 2
        while kind == _PAGES and at + 4 <= len(record):
            text, at = _text(record, at)
            texts.append(page_text(text))
    return " ".join(dict.fromkeys(filter(None, texts)))


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The types and the data of records; both are behind numbers of seven bits a byte (2.1.4)."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80 and at < len(data):
            kind = kind & 0x7F | data[at] << 7
            at += 1
        size = 0
        for shift in (0, 7, 14, 21):
            if at >= len(data):
                return
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, data[at : at + size]
        at += size


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text behind the count of its letters, and where it ends."""
    (length,) = struct.unpack_from("<I", data, at)
    at += 4
    size = 0 if length == _NONE else 2 * length
    return data[at : at + size].decode("utf-16-le", "replace"), at + size

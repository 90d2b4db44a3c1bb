"""What stands beside the cells of a binary workbook (XLSB) is read as in other workbooks."""

import struct

from fakes.office_files import RELATIONSHIPS, relations, zipped
from semsearch.documents.readers.reader import document_of


def record(kind: int, data: bytes = b"") -> bytes:
    """A record; its type and length are in seven bits a byte."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(data)
    return head + bytes([size & 0x7F | 0x80, size >> 7]) + data


def text(words: str) -> bytes:
    """A text behind the count of its letters."""
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


BOOK = (
    record(131)
    + record(143)
    + record(156, struct.pack("<II", 0, 1) + text("s") + text("Costs"))
    + record(144)
    + record(132)
)
ROW = record(0, struct.pack("<I", 0) + bytes(21))
CELL = record(5, struct.pack("<IId", 0, 0, 5.0))
NONE = struct.pack("<I", 0xFFFFFFFF)
PAGES = record(479, bytes(2) + text("&LPrices &P") + NONE * 4 + text("&R&8May"))
SHEET = (
    record(129)
    + record(148, bytes(16))
    + record(145)
    + ROW
    + CELL
    + record(146)
    + PAGES
    + record(130)
)
NOTE = record(635, struct.pack("<5I", 0, 6, 6, 1, 1) + bytes(16))
NOTES = NOTE + record(637, b"\0" + text("Bo: Sure?"))
DRAWING = (
    f'<x xmlns:r="{RELATIONSHIPS}"><twoCellAnchor><from><row>3</row></from>'
    "<sp><txBody><p><r><t>A box</t></r></p></txBody></sp></twoCellAnchor></x>"
)
MAIN = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
TYPES = f'<Types><Override PartName="/xl/workbook.bin" ContentType="{MAIN}"/></Types>'


def test_notes_boxes_and_headers_of_a_binary_workbook_are_read() -> None:
    """Notes and boxes stand at their rows, headers last, without numbers of pages."""
    data = zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relations({"r officeDocument": "xl/workbook.bin"}),
            "xl/workbook.bin": BOOK,
            "xl/_rels/workbook.bin.rels": relations({"s worksheet": "worksheets/s.bin"}),
            "xl/worksheets/s.bin": SHEET,
            "xl/worksheets/_rels/s.bin.rels": relations(
                {"n comments": "n.bin", "d drawing": "d.xml"}
            ),
            "xl/worksheets/n.bin": NOTES,
            "xl/worksheets/d.xml": DRAWING,
        }
    )
    document = document_of(data, "a.xlsb")
    found = [
        (place, row)
        for block in document.blocks
        for place, row in zip(block.places or (), block.text.split("\n"), strict=True)
    ]
    assert found == [
        ("sheet Costs row 1", "5"),
        ("sheet Costs row 4", "A box"),
        ("sheet Costs row 7", "note on B7: Bo: Sure?"),
        ("sheet Costs header or footer", "May"),
    ]
    assert document.unread is None

"""What stands beside the cells of a sheet of Excel 97-2003 is read as in today's workbooks."""

import struct
from pathlib import Path

import pytest

from fakes.compound_file import compound_file
from semsearch.documents.document import Document
from semsearch.documents.readers.reader import document_of

FILES = Path(__file__).parent / "files"
CELL, END = (0x0203, struct.pack("<HHHd", 0, 0, 0, 5)), (0x000A, b"")
BOOK, SHEET, CHART = ((0x0809, struct.pack("<HHHHII", 0x600, k, 0, 0, 0, 6)) for k in (5, 16, 32))
SERIES, TITLE, CATEGORIES = (0x1003, b""), (0x1025, b""), (0x1065, b"\x02\0")
HIDDEN = struct.pack("<HI", 0x03BF, 0x20002)


def counted(text: str) -> bytes:
    """A text behind the count of its letters, which are of two bytes."""
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def chart_text(text: str) -> tuple[int, bytes]:
    """A title of a chart, or the name of a series."""
    return 0x100D, b"\0\0" + struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def category(at: int, text: str) -> tuple[int, bytes]:
    """The name of a point of a chart."""
    return 0x0204, struct.pack("<HHH", at, 0, 0) + counted(text)


def art(kind: int, data: bytes, instance: int = 0) -> bytes:
    """A record of a drawing."""
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def shape(row: int, described: str = "", options: bytes = b"") -> tuple[int, bytes]:
    """A shape that begins at a row, from 1, with what describes it and other properties."""
    words = described.encode("utf-16-le")
    fixed = options + (struct.pack("<HI", 0xC381, len(words)) if words else b"")
    anchor = struct.pack("<9H", 0, 0, 0, row - 1, 0, 0, 0, row, 0)
    within = art(0xF00A, bytes(8)) + art(0xF00B, fixed + words, len(fixed) // 6)
    within += art(0xF010, anchor)
    return 0x00EC, struct.pack("<HHI", 0xF, 0xF004, len(within)) + within


def text_of_shape(text: str, *pieces: bytes, kind: int = 6) -> list[tuple[int, bytes]]:
    """An object of a kind with its text, which may go on in several records."""
    head = struct.pack("<HHHH", 0x15, 0x12, kind, 1).ljust(22, b"\0")
    parts = pieces or (b"\x01" + text.encode("utf-16-le"),)
    count = struct.pack("<HH", len(text), 16)
    return [
        (0x005D, head),
        (0x01B6, bytes(10) + count + bytes(4)),
        *((0x003C, part) for part in parts),
        (0x003C, bytes(16)),
    ]


def read(*records: tuple[int, bytes], kind: int = 0, state: int = 0) -> Document:
    """The document of a workbook with one sheet of these records."""
    first = SHEET if kind == 0 else CHART
    body = b"".join(struct.pack("<HH", k, len(d)) + d for k, d in (first, *records, END))
    name = b"\x03\0One"
    start = 4 + 16 + 4 + 6 + len(name) + 4
    places = struct.pack("<IBB", start, state, kind) + name
    globals_ = b"".join(struct.pack("<HH", k, len(d)) + d for k, d in (BOOK, (0x0085, places), END))
    assert len(globals_) == start
    return document_of(compound_file({"Workbook": globals_ + body}), "a.xls")


def rows(document: Document) -> list[tuple[str, str]]:
    """The rows with their places."""
    return [
        (place, row)
        for block in document.blocks
        for place, row in zip(block.places or (), block.text.split("\n"), strict=True)
    ]


def test_a_workbook_has_its_boxes_charts_notes_and_headers() -> None:
    """A file of LibreOffice has the texts beside its cells at their rows, the headers last."""
    document = document_of((FILES / "beside.xls").read_bytes(), "beside.xls")
    assert rows(document) == [
        ("sheet Costs row 1", "oil | 12"),
        ("sheet Costs row 2", "wicks | 40"),
        ("sheet Costs row 2", "note on A2: Quillnote said Anna"),
        ("sheet Costs row 2", "Zephyrbox words for the lamp"),
        ("sheet Costs row 3", "soap | 3"),
        ("sheet Costs row 8", "Shoalaxis; Tideaxis; Brinetitle of chart"),
        ("sheet Costs header or footer", "Headerwort Footerwort & co"),
        ("sheet Graph row 1", "Ospreytitle"),
    ]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([shape(4), *text_of_shape("A box")], [(4, "A box")]),
        ([shape(4), *text_of_shape("AB", b"\0A", b"\x01B\0")], [(4, "AB")]),
        ([shape(4, "A gannet")], [(4, "A gannet")]),
        ([shape(4, "image1.png")], []),
        ([shape(4, "A gannet"), shape(2), *text_of_shape("Box")], [(2, "Box"), (4, "A gannet")]),
        ([shape(4, options=HIDDEN), *text_of_shape("Unseen")], []),
        ([shape(4), *text_of_shape("a note's own box", kind=0x19)], []),
        ([shape(4), CHART, TITLE, chart_text("Tides"), SERIES, chart_text("high"), SERIES,
          chart_text("low"), CATEGORIES, category(0, "May"), category(1, "June"), END],
         [(4, "Tides; high | low; May | June")]),
        ([shape(4), CHART, shape(1), *text_of_shape("In the chart"), END], [(4, "In the chart")]),
    ],
)  # fmt: skip
def test_what_is_drawn_on_a_sheet_is_read(
    records: list[tuple[int, bytes]], expected: list[tuple[int, str]]
) -> None:
    """Boxes, descriptions and charts are read at the row of their shape, hidden ones are not."""
    beside = [(f"sheet One row {row}", text) for row, text in expected]
    assert rows(read(CELL, *records)) == [("sheet One row 1", "5"), *beside]


def test_a_damaged_drawing_does_not_lose_the_cells() -> None:
    """A box that breaks off is named, and the cells are read."""
    document = read(CELL, (0x01B6, b"\0"))
    assert rows(document) == [("sheet One row 1", "5")]
    assert document.unread is not None
    assert document.unread.detail == "not read: text boxes and charts: damaged"


def test_a_sheet_that_is_a_chart_is_cited_by_its_name() -> None:
    """A chart that is a sheet of its own has no rows; a hidden one is left out."""
    chart = [TITLE, chart_text("Tides"), SERIES, chart_text("high")]
    assert rows(read(*chart, kind=2)) == [("sheet One", "Tides; high")]
    assert rows(read(*chart, kind=2, state=1)) == []


EVEN = bytes(28) + struct.pack("<HHHHH", 3, 0, 0, 4, 0) + counted("Last")


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([(0x14, counted('&L&"Arial"&8Costs')), (0x15, counted("&RB && C"))], "Costs B & C"),
        ([(0x14, counted("&CPage &P of &N"))], ""),
        ([(0x14, counted("&L&[TAB]&CPage &[PAGE]"))], ""),
        ([(0x089C, EVEN)], "Last"),
        ([shape(4), CHART, (0x14, counted("&CA chart's own page")), END], ""),
    ],
)
def test_headers_of_pages_come_last(records: list[tuple[int, bytes]], expected: str) -> None:
    """The words of headers and footers are read without codes and numbers of pages."""
    pages = [("sheet One header or footer", expected)] if expected else []
    assert rows(read(CELL, *records)) == [("sheet One row 1", "5"), *pages]

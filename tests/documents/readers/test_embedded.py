"""Objects of other programs in an office document are read, or named as not read."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.compound_file import compound_file
from fakes.office_files import (
    open_document,
    package,
    paragraph,
    relations,
    row,
    word,
    workbook,
)
from semsearch.documents.readers.reader import document_of

FILES = Path(__file__).parent / "files"
SUPPLIES = word(paragraph("Oil and wicks."))
KIND = "Microsoft Equation 3.0"
NAMED = f"not read: an embedded object ({KIND}): its format is not read"


def program(kind: str) -> bytes:
    """The stream that says what a person knows an object as."""
    return bytes(28) + struct.pack("<I", len(kind) + 1) + kind.encode() + b"\0"


def file_of(name: str, data: bytes) -> bytes:
    """The stream with a file of its own and its name."""
    path = name.encode() + b"\0"
    head = b"\x02\0" + path + path + bytes(4) + struct.pack("<I", len(path)) + path
    return struct.pack("<I", 0) + head + struct.pack("<I", len(data)) + data


EQUATION = {"\x01CompObj": program(KIND), "Equation Native": b"\x1c\0"}
PICTURE = {"\x01CompObj": program("Bitmap Image"), "CONTENTS": b"BM"}
TABLE = b"".join(
    struct.pack("<HH", kind, len(data)) + data
    for kind, data in (
        (0x0809, b"\x80\x06\x05\0"),
        (0x0004, struct.pack("<HHBBBBB", 0, 1, 0, 0, 0, 3, 0) + b"May"),
        (0x1025, b""),
        (0x100D, b"\0\0\x05\0Tides"),
        (0x000A, b""),
    )
)
CHART = open_document(
    "chart",
    "<o:body><o:chart><c:chart><c:title><t:p>Tides</t:p></c:title><tb:table><tb:table-row>"
    "<tb:table-cell><t:p>May</t:p></tb:table-cell></tb:table-row></tb:table></c:chart></o:chart>"
    "</o:body>",
)
OBJECTS = [
    ({"Package": SUPPLIES}, ["Oil and wicks."], None),
    ({"\x01Ole10Native": file_of("a.txt", b"Oil and wicks.")}, ["Oil and wicks."], None),
    ({"\x01Ole10Native": file_of("a.exe", b"MZ")}, ["a.exe"], None),
    ({"Workbook": TABLE}, ["Tides\nMay"], None),
    ({"package_stream": CHART}, ["Tides\nMay"], None),
    (EQUATION, [], NAMED),
    ({"Unheard": b"?"}, [], "not read: an embedded object: its format is not read"),
    (PICTURE, [], None),
]


def in_word(data: bytes) -> bytes:
    """A text with an object."""
    body = '<p><r><t>Before</t></r></p><p><r><object><OLEObject r:id="o"/></object></r></p>'
    parts = {"document.xml": body, "_rels/document.xml.rels": relations({"o oleObject": "o.bin"})}
    return package("word", parts, members={"word/o.bin": data})


def in_slides(data: bytes) -> bytes:
    """A slide with an object."""
    frame = '<graphicFrame><graphicData><oleObj r:id="o"/></graphicData></graphicFrame>'
    text = "<sp><txBody><p><r><t>Before</t></r></p></txBody></sp>"
    parts = {
        "presentation.xml": '<sldIdLst><sldId r:id="s"/></sldIdLst>',
        "_rels/presentation.xml.rels": relations({"s slide": "s.xml"}),
        "s.xml": text + frame,
        "_rels/s.xml.rels": relations({"o oleObject": "o.bin"}),
    }
    return package("ppt", parts, members={"ppt/o.bin": data})


def in_text(data: bytes) -> bytes:
    """A text of OpenDocument with an object."""
    frame = '<t:p><d:frame><d:object-ole d:href="./Object 1"/></d:frame></t:p>'
    body = f"<o:body><o:text><t:p>Before</t:p>{frame}</o:text></o:body>"
    return with_member(open_document("text", body), "Object 1", data)


def in_rich_text(data: bytes) -> bytes:
    """A text of RTF with an object."""
    made = rb"{\rtf1 Before\par{\object\objemb{\*\objclass X}{\*\objdata 0105"
    return made + data.hex().encode() + rb"}{\result}}\par}"


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """A package with one more member."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as opened:
        opened.writestr(name, content)
    return file.getvalue()


def record(kind: int, data: bytes, instance: int = 0, version: int = 0xF) -> bytes:
    """A record of a presentation of PowerPoint 97."""
    return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data


def in_old_slides(data: bytes) -> bytes:
    """A slide of PowerPoint 97 with an object."""
    words = record(0x0FA8, b"Before", version=0)
    slide = record(0x03EE, record(0xF004, words) + record(0xF004, record(0x0BC1, b"\x01\0\0\0")))
    stored = record(0x1011, struct.pack("<I", len(data)) + zlib.compress(data), 1)
    listed = record(0x0FF0, record(0x03F3, struct.pack("<IIiII", 2, 0, 0, 256, 0), version=0))
    held = record(0x0FC3, struct.pack("<6I", 1, 0, 1, 0, 3, 0), version=0)
    document = record(0x03E8, held + listed)
    offsets = [0, len(document), len(document) + len(slide)]
    places = record(0x1772, struct.pack("<4I", 3 << 20 | 1, *offsets), version=0)
    body = document + slide + stored
    edit = record(0x0FF5, struct.pack("<IIIIIII", 0, 0, 0, len(body), 1, 3, 0), version=0)
    user = bytes(16) + struct.pack("<I", len(body) + len(places))
    return compound_file({"PowerPoint Document": body + places + edit, "Current User": user})


def in_sheet(data: bytes) -> bytes:
    """A sheet with an object."""
    made = workbook(row(1, "Before"), related={"o oleObject": "o.bin"})
    return with_member(made, "xl/o.bin", data)


CONTAINERS = [
    (in_sheet, "a.xlsx"),
    (in_word, "a.docx"),
    (in_slides, "a.pptx"),
    (in_text, "a.odt"),
    (in_rich_text, "a.rtf"),
    (in_old_slides, "a.ppt"),
]


@pytest.mark.parametrize(("container", "name"), CONTAINERS, ids=[name for _, name in CONTAINERS])
@pytest.mark.parametrize(("streams", "expected", "unread"), OBJECTS)
def test_an_object_is_read_or_named(
    container: Callable[[bytes], bytes],
    name: str,
    streams: dict[str, object],
    expected: list[str],
    unread: str | None,
) -> None:
    """Words of an object follow the text before it; one that is not read is named with its kind."""
    document = document_of(container(compound_file(streams)), name)
    shown = " ".join(block.text for block in document.blocks).split()
    assert shown == " ".join(["Before", *expected]).split()
    assert (document.unread and document.unread.detail) == unread


def test_an_object_of_excel_97_stands_at_its_row() -> None:
    """A document in a sheet of Excel 97 is cited by the row at which it begins."""
    book = struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6)
    sheet = struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 6)
    anchor = record(0xF010, struct.pack("<9H", 0, 0, 0, 6, 0, 0, 0, 7, 0), version=0)
    formula = struct.pack("<HHI", 9, 4, 0xAB)
    held = struct.pack("<HHHH", 0x15, 0x12, 8, 1).ljust(22, b"\0") + formula
    name = b"\x03\0One"
    start = 4 + 16 + 4 + 6 + len(name) + 4
    place = struct.pack("<IBB", start, 0, 0) + name
    records = [(0x809, book), (0x85, place), (0xA, b""), (0x809, sheet)]
    records += [(0xEC, record(0xF004, anchor)), (0x5D, held), (0xA, b"")]
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    data = compound_file({"Workbook": stream, "MBD000000AB": {"Package": SUPPLIES}})
    (block,) = document_of(data, "a.xls").blocks
    assert (block.text, block.places) == ("Oil and wicks.", ["sheet One row 7"])


def test_an_object_of_word_97_stands_in_its_place() -> None:
    """A sheet in a text of Word 97, saved by LibreOffice, is read; a formula is named."""
    data = gzip.decompress((FILES / "embedded.doc.gz").read_bytes())
    document = document_of(data, "embedded.doc")
    assert [(block.places and block.places[0], block.text) for block in document.blocks] == [
        ("paragraph 1", "Before the sheet."),
        ("paragraph 2", "what | barrels\nwhat: oil; barrels: 12"),
    ]
    assert document.unread is not None
    assert document.unread.detail == NAMED


def test_a_sheet_in_a_text_of_opendocument_is_read_as_a_sheet() -> None:
    """An embedded spreadsheet has its values after the names of their columns."""
    cells = "".join(
        "<tb:table-row>"
        + "".join(f"<tb:table-cell><t:p>{c}</t:p></tb:table-cell>" for c in cells)
        + '<tb:table-cell tb:number-columns-repeated="1000"/></tb:table-row>'
        for cells in (("what", "barrels"), ("oil", "12"))
    )
    sheet = (
        f'<o:body><o:spreadsheet><tb:table tb:name="A">{cells}</tb:table></o:spreadsheet></o:body>'
    )
    frame = '<t:p>Before<d:frame><d:object d:href="./Object 1"/></d:frame></t:p>'
    data = open_document(
        "text", f"<o:body><o:text>{frame}</o:text></o:body>", parts={"Object 1/content.xml": sheet}
    )
    assert [block.text for block in document_of(data, "a.odt").blocks] == [
        "Before",
        "what | barrels\nwhat: oil; barrels: 12",
    ]


def test_objects_in_objects_come_to_an_end() -> None:
    """An object that is too deep in others is named."""
    data = SUPPLIES
    for _ in range(5):
        data = in_word(data)
    document = document_of(data, "a.docx")
    assert [block.text for block in document.blocks] == ["Before", "Before\nBefore\nBefore"]
    assert document.unread is not None
    assert document.unread.detail.endswith("it is too deep in other files")

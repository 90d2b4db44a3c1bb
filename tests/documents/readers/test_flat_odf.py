"""OpenDocument in one XML file is read as in a package."""

from base64 import b64encode

import pytest

from fakes.compound_file import compound_file
from semsearch.documents.document import Document
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable

ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<office:document'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' office:mimetype="application/vnd.oasis.opendocument.{kind}">'
    '<office:styles><style:style style:name="Standard"/></office:styles>'
    "<office:body>{body}</office:body></office:document>"
)
TEXT = (
    '<office:text><text:h text:outline-level="1">Sea</text:h><text:p>Salt.</text:p></office:text>'
)
SHEET = (
    '<office:spreadsheet><table:table table:name="Costs"><table:table-row>'
    "<table:table-cell><text:p>rope</text:p></table:table-cell>"
    "</table:table-row></table:table></office:spreadsheet>"
)


def cited(document: Document) -> list[tuple[str, str]]:
    """The place and the text of each block."""
    return [((block.places or [""])[0], block.text) for block in document.blocks]


@pytest.mark.parametrize("name", ["a.fodt", "a.xml", "a"])
def test_a_text_is_cited_by_paragraph(name: str) -> None:
    """Under its headings, whatever its name is."""
    document = document_of(ROOT.format(kind="text", body=TEXT).encode(), name)
    assert cited(document) == [("paragraph 1", "Sea"), ("paragraph 2", "Salt.")]
    assert document.blocks[1].headings == ("Sea",)


def test_a_spreadsheet_is_cited_by_row() -> None:
    """Under the name of its sheet."""
    document = document_of(ROOT.format(kind="spreadsheet", body=SHEET).encode(), "a.fods")
    assert cited(document) == [("sheet Costs row 1", "rope")]


OBJECTS = (
    '<office:text xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"><text:p>Sea<d:frame><d:object>'
    "<office:document><office:body><office:chart><chart:chart><chart:title><text:p>Tides</text:p>"
    "</chart:title></chart:chart></office:chart></office:body></office:document></d:object>"
    "</d:frame></text:p><text:p>Salt<d:frame><d:object-ole><office:binary-data>{}"
    "</office:binary-data></d:object-ole></d:frame></text:p></office:text>"
)


def test_objects_in_the_file_are_read() -> None:
    """A chart and an object of another program stand in the XML of the document around."""
    ole = compound_file({"\x01Ole10Native": bytes(6) + b"a.exe\0a.exe\0" + bytes(8) + bytes(4)})
    body = OBJECTS.format(b64encode(ole).decode())
    document = document_of(ROOT.format(kind="text", body=body).encode(), "a.fodt")
    assert [block.text for block in document.blocks] == ["Sea", "Tides", "Salt", "a.exe"]


CHART = (
    '<table:shapes xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"><d:frame><d:object>'
    "<office:document><office:body><office:chart><chart:chart><chart:title><text:p>Tides</text:p>"
    '</chart:title><table:table table:name="local"><table:table-row><table:table-cell>'
    "<text:p>May</text:p></table:table-cell></table:table-row></table:table></chart:chart>"
    "</office:chart></office:body></office:document></d:object></d:frame></table:shapes>"
)


def test_the_table_of_a_chart_is_no_sheet() -> None:
    """What a chart shows stands in the sheet that has it, under the name of the sheet."""
    body = SHEET.replace("<table:table-row>", f"{CHART}<table:table-row>", 1)
    document = document_of(ROOT.format(kind="spreadsheet", body=body).encode(), "a.fods")
    assert cited(document) == [("sheet Costs row 1", "rope\nTides May")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<?xml version='1.0'?><office:document", "damaged file"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "defines its own entities"),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, message: str) -> None:
    """In one line."""
    with pytest.raises(DocumentUnreadable, match=message):
        document_of(data, "a.fodt")

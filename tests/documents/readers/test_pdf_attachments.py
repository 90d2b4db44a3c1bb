"""Files in PDFs."""

import io
import zlib

import pypdf
from fpdf import FPDF

from fakes.raw_pdf import raw_pdf, stream
from semsearch.documents.document import Document
from semsearch.documents.readers.pdf import read_pdf

COVER = b"BT /F1 12 Tf 72 700 Td (a cover with words) Tj ET"
NAMES = b"/Names<</EmbeddedFiles<</Kids[<</Names[(one) 10 0 R]>>]>>>>"


def pdf(text: str) -> bytes:
    """A PDF with a page."""
    made = FPDF()
    made.add_page()
    if text:
        made.set_font("Helvetica", size=12)
        made.cell(text=text)
    return bytes(made.output())


def attached(files: dict[str, bytes], cover: str) -> Document:
    """What is read of a PDF with attached files."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf(cover)))
    for name, data in files.items():
        writer.add_attachment(name, data)
    out = io.BytesIO()
    writer.write(out)
    return read_pdf(out.getvalue())


def found(document: Document) -> list[tuple[str, str]]:
    """Each row with its place."""
    return [
        (row, place)
        for block in document.blocks
        for row, place in zip(block.text.split("\n"), block.places or (), strict=True)
    ]


def test_attached_files_are_read_and_cited() -> None:
    """Attachments follow the pages, each row cited by the file and its place in it."""
    document = attached({"notes.txt": b"hello\nworld", "report.pdf": pdf("inside")}, "cover")
    assert found(document) == [
        ("cover", "p.1 line 1"),
        ("Attached: notes.txt", "attachments"),
        ("Attached: report.pdf", "attachments"),
        ("hello", "attachment notes.txt line 1"),
        ("world", "attachment notes.txt line 2"),
        ("inside", "attachment report.pdf p.1 line 1"),
    ]
    assert document.blocks[-1].headings == ("report.pdf",)


def test_a_file_that_is_not_read_is_named_with_the_reason() -> None:
    """Attachments of unknown types, and damaged ones, are listed."""
    files = {"a.bin": b"\0\1", "b.pdf": b"%PDF-1.7 nothing", "key.pem": b"words"}
    document = attached(files, "cover")
    rows = [row for row, _ in found(document)]
    assert rows[1] == "Attached: a.bin (not read: semsearch does not read files of type .bin)"
    assert rows[2].startswith("Attached: b.pdf (not read: damaged PDF")
    assert rows[3].startswith("Attached: key.pem (not read: files of this name hold secrets")
    assert document.unread is not None
    assert document.unread.detail.startswith("not read: b.pdf: damaged PDF")


def test_the_blank_cover_of_a_portfolio_is_no_scan() -> None:
    """An empty page of a document that has files is not named as one without text."""
    document = attached({"report.pdf": pdf("inside")}, "")
    assert document.blank_pages == ()
    assert found(document)[-1] == ("inside", "attachment report.pdf p.1 line 1")


def test_files_at_a_place_on_a_page_are_read_once() -> None:
    """A file that an annotation and the tree of names both have is read once."""
    objects = {
        10: b"<</Type/Filespec/UF(dir/a.txt)/EF<</F 11 0 R>>>>",
        11: stream(b"the words"),
    }
    page = b"/Annots[<</Subtype/FileAttachment/FS 10 0 R>>]"
    document = read_pdf(raw_pdf(COVER, catalog=NAMES, page=page, objects=objects))
    assert found(document)[1:] == [
        ("Attached: a.txt", "attachments"),
        ("the words", "attachment a.txt line 1"),
    ]


def test_files_within_files_end() -> None:
    """A PDF in a PDF in a PDF is read to a depth, and named below it."""
    inner = raw_pdf(COVER)
    for number in range(6):
        body = stream(zlib.compress(inner), b"/Filter/FlateDecode")
        objects = {10: b"<</UF(%d.pdf)/EF<</F 11 0 R>>>>" % number, 11: body}
        inner = raw_pdf(COVER, catalog=NAMES, objects=objects)
    rows = [row for row, _ in found(read_pdf(inner))]
    assert rows.count("a cover with words") == 4
    assert rows[-1] == "Attached: 2.pdf (not read: it is too deep in other files)"


def test_damaged_trees_of_names_cost_no_page() -> None:
    """A tree of names that leads to itself, or to no files, is left."""
    for tree in (b"<</Kids[10 0 R]>>", b"<</Names[(a) 42 (b) null]>>", b"17"):
        catalog = b"/Names<</EmbeddedFiles 10 0 R>>"
        document = read_pdf(raw_pdf(COVER, catalog=catalog, objects={10: tree}))
        assert found(document) == [("a cover with words", "p.1 line 1")]


def test_files_beyond_the_limit_are_named() -> None:
    """Of a hundred and one files the last is listed with the reason."""
    document = attached({f"{n:03}.txt": b"words" for n in range(101)}, "cover")
    told = "the document has more than 100 files"
    assert found(document)[101] == (f"Attached: 100.txt (not read: {told})", "attachments")
    assert document.unread is not None
    assert document.unread.detail == f"not read: 100.txt: {told}"

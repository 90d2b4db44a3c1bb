"""Scans and pictures within other documents are read by OCR, as those in a folder are."""

import io
import struct
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pypdf
import pytest
from fpdf import FPDF

from fakes.compound_file import compound_file
from fakes.programs import PDFTOPPM, put_programs
from semsearch.documents.readers.reader import document_of

PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins for tesseract, which finds the same words in each picture, and for pdftoppm."""
    put_programs(
        tmp_path, monkeypatch, tesseract="cat > /dev/null; echo found $4 words", pdftoppm=PDFTOPPM
    )


def scan() -> bytes:
    """A PDF of one page without text."""
    made = FPDF()
    made.add_page()
    return bytes(made.output())


def mail(name: str = "scan.pdf", data: bytes | None = None) -> bytes:
    """A message with a file."""
    made = EmailMessage()
    made["Subject"] = "A scan"
    made.set_content("See below.")
    made.add_attachment(
        scan() if data is None else data, maintype="application", subtype="x-any", filename=name
    )
    return made.as_bytes()


def archive(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, data in members.items():
            package.writestr(name, data)
    return made.getvalue()


def with_file(name: str, data: bytes) -> bytes:
    """A PDF with an attached file."""
    writer = pypdf.PdfWriter(io.BytesIO(scan()))
    writer.add_attachment(name, data)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def winmail() -> bytes:
    """A winmail.dat with a file."""
    made = b"\x78\x9f\x3e\x22\0\0"
    for name, value in ((0x00069002, b""), (0x00018010, b"scan.pdf\0"), (0x0006800F, scan())):
        made += struct.pack("<BII", 2, name, len(value)) + value + b"\0\0"
    return made


def object_file() -> bytes:
    """The stream of an embedded object that is a file with a name."""
    path = b"scan.pdf\0"
    head = b"\x02\0" + path + path + bytes(4) + struct.pack("<I", len(path)) + path
    return struct.pack("<I", 0) + head + struct.pack("<I", len(scan())) + scan()


def outlook(attached: dict[str, object]) -> bytes:
    """A message that Outlook has saved, with something attached."""
    subject = {"__substg1.0_0037001F": "A scan".encode("utf-16-le")}
    subject["__properties_version1.0"] = bytes(32)
    return compound_file({**subject, "__attach_version1.0_#00000000": attached})


NAME = {"__substg1.0_3707001F": "scan.pdf".encode("utf-16-le")}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.eml", mail()),
        ("a.eml", mail("scan.png", PICTURE)),
        ("a.eml", mail("inner.eml", mail())),
        ("a.eml", mail("pack.zip", archive({"scan.pdf": scan()}))),
        ("a.eml", mail("cover.pdf", with_file("scan.pdf", scan()))),
        ("a.mbox", b"From a@x.org Mon May  6 10:00:00 2024\n" + mail()),
        ("a.zip", archive({"a.eml": mail()})),
        ("a.pdf", with_file("a.eml", mail("scan.png", PICTURE))),
        ("winmail.tnef", winmail()),
        ("a.eml", mail("winmail.tnef", winmail())),
        ("a.msg", outlook({"__substg1.0_37010102": scan(), **NAME})),
        ("a.msg", outlook({"__substg1.0_3701000D": {"\x01Ole10Native": object_file()}})),
    ],
)
def test_a_scan_within_a_document_is_read(name: str, data: bytes) -> None:
    """In the languages of the run, and only with OCR."""
    document = document_of(data, name, "eng+deu")
    assert "found eng+deu words" in "\n".join(block.text for block in document.blocks)
    assert document.unread is None
    assert "found" not in "\n".join(block.text for block in document_of(data, name).blocks)

"""Archives are read as folders."""

import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.document import Document
from semsearch.documents.readers.archive import ArchiveReader, Budget
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

Files = Mapping[str, bytes]
TIDES = b"# Tides\n\nThe moon pulls.\n"


def zipped(files: Files) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(files: Files) -> bytes:
    """A tar archive."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def cited(document: Document) -> list[tuple[str, str]]:
    """Each row with its place."""
    return [
        (place, row)
        for block in document.blocks
        for place, row in zip(block.places or (), block.text.split("\n"), strict=True)
    ]


PACKED: dict[str, Callable[[Files], bytes]] = {
    "a.zip": zipped,
    "a.tar": tarred,
    "a.tar.gz": lambda files: gzip.compress(tarred(files)),
    "a.tgz": lambda files: gzip.compress(tarred(files)),
    "a.tar.xz": lambda files: lzma.compress(tarred(files)),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_document_is_cited_by_its_path_in_the_archive(name: str) -> None:
    """Under a heading of its name; hidden and secret files and pictures are left out."""
    files = {
        "sea/tides.md": TIDES,
        ".git/config.txt": b"hidden",
        "id_rsa": b"secret",
        "a.png": b"\x89PNG",
        "__MACOSX/sea/._tides.md": b"\0\5\x16\7",
    }
    document = document_of(PACKED[name](files), name)
    assert cited(document) == [
        ("› sea/tides.md line 1", "# Tides"),
        ("› sea/tides.md line 3", "The moon pulls."),
    ]
    assert document.blocks[1].headings == ("sea/tides.md", "Tides")
    assert document.unread is None


def test_an_archive_in_an_archive_is_read() -> None:
    """Its documents are cited by both paths."""
    inner = zipped({"tides.md": TIDES})
    document = document_of(tarred({"sea/inner.zip": inner}), "a.tar")
    assert cited(document)[1] == ("› sea/inner.zip › tides.md line 3", "The moon pulls.")


def test_pages_stay_pages(tmp_path: Path) -> None:
    """A printed citation of a PDF in an archive is found by ``show``."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for text in ("The moon pulls.", "The sun pulls, too."):
        pdf.add_page()
        pdf.cell(text=text)
    (tmp_path / "a.zip").write_bytes(zipped({"sea.pdf": bytes(pdf.output())}))
    semsearch.index(tmp_path, embedder=WordEmbedder())
    answer = semsearch.search("the sun pulls", index=tmp_path, embedder=WordEmbedder(), limit=1)
    assert answer.hits[0].location.place == "› sea.pdf p.1 line 1 - › sea.pdf p.2 line 1"
    shown = semsearch.show(f"a.zip {answer.hits[0].location.place}", index=tmp_path)
    assert [row.text for row in shown.rows] == ["The moon pulls.", "The sun pulls, too."]


def test_a_document_that_cannot_be_read_is_named_and_costs_only_itself() -> None:
    """With its reason, which the archive gets where there is no other document."""
    files = {"bad.pdf": b"%PDF-1.7 no more", "locked.docx": b"PK\3\4", "tides.md": TIDES}
    unread = document_of(zipped(files), "a.zip").unread
    assert unread is not None
    assert unread.detail.startswith("not read: bad.pdf: damaged PDF")
    assert "locked.docx: damaged file" in unread.detail
    with pytest.raises(DocumentUnreadable, match="not read: bad") as caught:
        document_of(zipped({"bad.pdf": files["bad.pdf"]}), "a.zip")
    assert caught.value.code is ReasonCode.DAMAGED


def test_what_an_archive_may_unpack_to_is_limited() -> None:
    """What is too much is named, and the rest is read; archives in archives come to an end."""
    reader = ArchiveReader(document_of, budget=Budget(size=1000))
    document = reader.document(zipped({"a.txt": b"a " * 501, "tides.md": TIDES}))
    assert document.unread is not None
    assert document.unread.code is ReasonCode.TOO_LARGE_UNPACKED
    assert document.unread.detail.startswith("not read: a.txt: ")
    assert cited(document)[-1] == ("› tides.md line 3", "The moon pulls.")
    nested = zipped({"tides.md": TIDES})
    for _ in range(3):
        nested = zipped({"a.zip": nested})
    with pytest.raises(DocumentUnreadable, match="too deep in others"):
        document_of(nested, "a.zip")


def test_members_that_lead_out_are_words_of_citations(tmp_path: Path) -> None:
    """Nothing is opened by the name of a member, and no link is followed."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        link = tarfile.TarInfo("link.md")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "outside.md")
        archive.addfile(link)
        out = tarfile.TarInfo("../../up.md")
        out.size = len(TIDES)
        archive.addfile(out, io.BytesIO(TIDES))
    (tmp_path / "outside.md").write_text("Outside.")
    with pytest.raises(DocumentUnreadable, match="without documents") as caught:
        document_of(made.getvalue(), "a.tar")
    assert caught.value.code is ReasonCode.OTHER_TYPE


@pytest.mark.parametrize(("data", "message"), [(b"", "empty"), (b"no archive", "damaged archive")])
def test_what_is_no_archive_is_refused(data: bytes, message: str) -> None:
    """In one line."""
    with pytest.raises(DocumentUnreadable, match=message):
        document_of(data, "a.zip")


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_an_archive_that_breaks_off_is_read_up_to_there(name: str) -> None:
    """The files in front of the place are read, and the reason names the one that is cut."""
    files = {"cut.txt": bytes(range(32, 127)) * 99, "tides.md": TIDES}
    data = tarred(dict(reversed(files.items())))[:3000]
    document = document_of(data if name == "a.tar" else gzip.compress(data)[:-9], name)
    assert cited(document)[-1] == ("› tides.md line 3", "The moon pulls.")
    assert document.unread is not None
    assert "cut.txt: damaged file: unexpected end of data" in document.unread.detail


def test_a_path_may_begin_at_the_folder_itself() -> None:
    """A member "./tides.md" is no hidden one, and is cited without the dot."""
    for data in (zipped({"./tides.md": TIDES}), tarred({"./sea/./tides.md": TIDES})):
        place, _ = cited(document_of(data, "a.zip"))[-1]
        assert place.removeprefix("› ").removeprefix("sea/") == "tides.md line 3"


def test_pages_within_an_archive_are_no_pages_of_it() -> None:
    """A page of a member is told in words alone."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica")
    pdf.cell(text="The moon pulls.")
    block = document_of(zipped({"a.pdf": bytes(pdf.output())}), "a.zip").blocks[0]
    assert (block.page, block.places) == (None, ["› a.pdf p.1 line 1"])


def test_pictures_are_read_where_pictures_are() -> None:
    """With languages of OCR a picture that cannot be read is named; without it is no document."""
    data = zipped({"a.png": b"no picture", "tides.md": TIDES})
    unread = document_of(data, "a.zip", "eng").unread
    assert unread is not None
    assert unread.detail.startswith("not read: a.png: ")
    assert document_of(data, "a.zip").unread is None


def test_a_name_of_many_endings_holds_nothing_up() -> None:
    """It is one of a compressed file in a compressed file, which is not read."""
    document = document_of(zipped({"a" + ".gz" * 20_000: b"", "tides.md": TIDES}), "a.zip")
    assert cited(document)[-1] == ("› tides.md line 3", "The moon pulls.")

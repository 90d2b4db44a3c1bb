"""The text layer of DjVu documents is read page by page, by DjVuLibre."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes.programs import TESSERACT_OF_MARKS, put_programs
from semsearch.documents.document import Document
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool
from semsearch.documents.readers.djvu import read_djvu
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

PROGRAMS = ("djvutxt", "cjb2", "djvm", "djvused", "djvmcvt")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, PROGRAMS)), reason="DjVuLibre is not installed"
)

FIRST = """(page 0 0 80 60 (column 0 0 80 60
  (para 0 40 80 60 (line 0 50 80 60 (word 0 50 40 60 "The") (word 41 50 80 60 "wa-"))
                   (line 0 40 80 50 "ter rises."))
  (para 0 0 80 30 (line 0 20 80 30 "It \\"falls\\" \\\\ Gr\\303\\266\\303\\237e."))))"""
SECOND = '(page 0 0 80 60 (line 0 40 80 50 "Ebb") (line 0 20 80 30 "The sea goes."))'
OUTLINE = '(bookmarks ("Tides" "#1" ("Ebb" "#p3.djvu")) ("Gone" "#http://x.org"))'


def run(folder: Path, *command: str) -> None:
    """Run a program of DjVuLibre in a folder."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def made(folder: Path, texts: Sequence[str], outline: str = "") -> bytes:
    """A document of some pages, each with its text layer, or without."""
    (folder / "page.pbm").write_text("P1\n80 60\n" + "0 1 " * 2400)
    script = ""
    for number, text in enumerate(texts, start=1):
        run(folder, "cjb2", "-dpi", "100", "page.pbm", f"p{number}.djvu")
        script += f"select {number}\nset-txt\n{text}\n.\n" if text else ""
    script += f"set-outline\n{outline}\n.\n" if outline else ""
    run(folder, "djvm", "-c", "a.djvu", *(f"p{number + 1}.djvu" for number in range(len(texts))))
    (folder / "script").write_text(script)
    run(folder, "djvused", "a.djvu", "-f", "script", "-s")
    return (folder / "a.djvu").read_bytes()


def read(data: bytes, name: str = "a.djvu") -> Document:
    """Read a document."""
    return document_of(data, name)


def test_pages_are_cited_under_the_headings_of_the_outline(tmp_path: Path) -> None:
    """Each page is read with its number; a page without text is named, and shifts no other."""
    document = read(made(tmp_path, [FIRST, "", SECOND], OUTLINE))
    assert [(block.kind.value, block.text, block.headings) for block in document.blocks] == [
        ("paragraph", "The water\nrises.", ("Tides",)),
        ("paragraph", 'It "falls" \\ Größe.', ("Tides",)),
        ("heading", "Ebb", ("Tides", "Ebb")),
        ("paragraph", "The sea goes.", ("Tides", "Ebb")),
    ]
    assert [(block.places or ())[0] for block in document.blocks] == [
        "p.1 line 1", "p.1 line 4", "p.3 line 1", "p.3 line 2",
    ]  # fmt: skip
    assert (document.page_count, document.blank_pages) == (3, (2,))


def test_ligatures_of_tex_are_letters(tmp_path: Path) -> None:
    """Codes of TeX's fonts are the letters that they show; marks of ends are none."""
    layer = r'(page 0 0 80 60 "\034rst e\033ect\n\037wa\037es of\035ine\n\035")'
    document = read(made(tmp_path, [layer, SECOND]))
    assert document.blocks[0].text == "first effect"
    assert document.blocks[1].text == "waffles offline"


@pytest.mark.parametrize("name", ["a.djvu", "a.djv", "a.txt", "a.pdf", "scan"])
def test_the_content_decides(tmp_path: Path, name: str) -> None:
    """A document is told by its mark, whatever its name; a single page is one, too."""
    made(tmp_path, [SECOND])
    run(tmp_path, "djvused", "a.djvu", "-e", "select 1; save-page-with one.djvu")
    assert read((tmp_path / "one.djvu").read_bytes(), name).blocks[0].text == "Ebb\nThe sea goes."


def test_another_content_is_named() -> None:
    """Text under the name of a DjVu document is no such document."""
    with pytest.raises(DocumentUnreadable) as caught:
        read(b"Notes.")
    assert caught.value.code is ReasonCode.WRONG_TYPE


def test_pages_in_other_files_are_named(tmp_path: Path) -> None:
    """A file that only names the files of its pages is not read, and says so."""
    made(tmp_path, [FIRST, SECOND])
    (tmp_path / "parts").mkdir()
    run(tmp_path, "djvmcvt", "-i", "a.djvu", "parts", "index.djvu")
    with pytest.raises(DocumentUnreadable, match="its pages are in other files") as caught:
        read((tmp_path / "parts" / "index.djvu").read_bytes())
    assert caught.value.code is ReasonCode.PAGES_ELSEWHERE


def test_the_pages_before_a_damage_are_read(tmp_path: Path) -> None:
    """Of a file that breaks off its whole pages are read, and the rest is reported."""
    data = made(tmp_path, [FIRST, SECOND])
    document = read(data[: data.rindex(b"FORM") + 20])
    assert document.blocks[0].text == "The water\nrises."
    assert document.unread is not None
    assert document.unread.detail == "damaged DjVu document: it ends in the middle"
    with pytest.raises(DocumentUnreadable, match="damaged DjVu document"):
        read(data[:60])


def test_a_reader_process_reads_it(tmp_path: Path) -> None:
    """A process that is kept from files reads it all the same, with its outline."""
    made(tmp_path, [FIRST, SECOND], OUTLINE)
    with ReaderPool(tmp_path, Limits(), workers=1) as pool:
        document = pool.read("a.djvu").document
    assert next(block.headings for block in document.blocks) == ("Tides",)
    assert document.page_count == 2


@pytest.fixture
def tesseract(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for tesseract that tells the mark of the picture that it gets."""
    folder = tmp_path_factory.mktemp("programs")
    put_programs(folder, monkeypatch, tesseract=TESSERACT_OF_MARKS)


@pytest.mark.usefixtures("tesseract")
def test_a_page_without_text_is_read_by_ocr(tmp_path: Path) -> None:
    """With OCR the picture of a page without text is read, that of others is not."""
    made(tmp_path, [FIRST, "", SECOND])
    with ReaderPool(tmp_path, Limits(languages="eng"), workers=1) as pool:
        document = pool.read("a.djvu").document
    assert [block.text for block in document.blocks if block.page == 2] == ["found in P"]
    assert (len(document.blocks), document.blank_pages) == (4, ())


@pytest.mark.usefixtures("tesseract")
def test_a_damaged_page_keeps_ocr_from_no_other(tmp_path: Path) -> None:
    """Where the picture of a page is damaged the other pages are read, with OCR, too."""
    data = made(tmp_path, [FIRST, "", SECOND, ""])
    document = read_djvu(data[: data.rindex(b"FORM") + 20], "eng")
    assert [block.text for block in document.blocks if block.page == 2] == ["found in P"]
    assert document.blank_pages == (4,)

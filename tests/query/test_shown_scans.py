"""Text that OCR has read is shown and checked as it was indexed."""

import os
import zipfile
from pathlib import Path

import pytest
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from fakes.programs import PDFTOPPM, put_programs
from semsearch.errors import CorpusError, SettingsError
from semsearch.query.citation import Standing
from semsearch.query.passage_context import show
from semsearch.settings.schema import Settings

WORDS = "The lamp burns.\nIts oil is low."
MENU = "<html><body><nav><p>All the lamps of the shop.</p></nav><p>The oil is cheap.</p></body>"


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for tesseract, which reads the words of the lamp in English, and for pdftoppm."""
    folder = tmp_path_factory.mktemp("programs")
    put_programs(
        folder,
        monkeypatch,
        tesseract=f'cat > /dev/null; [ "$4" = eng ] && echo "{WORDS}"',
        pdftoppm=PDFTOPPM,
    )
    return folder


def scan() -> bytes:
    """A PDF of one page without text."""
    made = FPDF()
    made.add_page()
    return bytes(made.output())


@pytest.fixture
def corpus(tmp_path: Path, programs: Path) -> Path:
    """A folder with an index that was made by OCR: a scan, a picture, both in an archive."""
    assert programs.is_dir()
    (tmp_path / "scan.pdf").write_bytes(scan())
    (tmp_path / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with zipfile.ZipFile(tmp_path / "pics.zip", "w") as archive:
        archive.writestr("x/a.txt", "The cellar is dark.\n")
        archive.writestr("x/scan.pdf", scan())
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings(), ocr="eng")
    return tmp_path


SCANNED = (
    *("scan.pdf p.1 line 1-2", "scan.pdf p.1", "scan.png paragraph 1"),
    "pics.zip › x/scan.pdf p.1 line 1-2",
)


@pytest.mark.parametrize("what", SCANNED)
@pytest.mark.parametrize("is_touched", [False, True])
def test_scanned_text_is_shown(corpus: Path, what: str, is_touched: bool) -> None:
    """A scan is read in the index's languages of OCR, whatever the settings of the user say."""
    if is_touched:
        for name in ("scan.pdf", "scan.png", "pics.zip"):
            os.utime(corpus / name, (1, 1))
    shown = show(what, context=0, index=corpus, settings=Settings(ocr="deu"))
    assert shown.standing is Standing.EXACT
    assert [row.text for row in shown.rows if row.is_cited] == WORDS.split("\n")


def test_a_hit_in_a_touched_scan_still_holds(corpus: Path) -> None:
    """A search checks its citations by OCR, too."""
    for name in ("scan.pdf", "scan.png", "pics.zip"):
        os.utime(corpus / name, (1, 1))
    answer = semsearch.search(
        "lamp burns", index=corpus, embedder=WordEmbedder(dimension=16), settings=Settings()
    )
    assert answer.hits[0].text == WORDS
    assert answer.hits[0].checked is not None
    assert answer.hits[0].checked.standing is Standing.EXACT


@pytest.mark.parametrize("what", SCANNED)
def test_missing_programs_are_named(
    corpus: Path, programs: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Without the programs of OCR no other text is shown, and the message says what to install."""
    (programs / "tesseract").unlink()
    (programs / "pdftoppm").unlink()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(CorpusError, match="not installed; on Debian run: apt install tesseract"):
        show(what, index=corpus, settings=Settings())


def test_a_place_that_is_not_there_is_not_shown_elsewhere(corpus: Path) -> None:
    """The text of another member of an archive is no answer."""
    with pytest.raises(SettingsError, match=r"pics\.zip has no place '› x/none\.pdf"):
        show("pics.zip › x/none.pdf p.1 line 1", index=corpus, settings=Settings())


def test_generated_text_is_shown_where_the_index_has_it(tmp_path: Path) -> None:
    """The navigation of a page is shown from an index that was told to read it."""
    (tmp_path / "a.html").write_text(MENU)
    semsearch.index(
        tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings(), generated=True
    )
    shown = show("a.html", index=tmp_path, settings=Settings())
    assert "All the lamps of the shop." in [row.text for row in shown.rows]

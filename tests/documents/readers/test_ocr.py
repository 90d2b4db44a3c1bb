"""Pages without text are read by installed OCR programs."""

import shutil
import subprocess
from pathlib import Path

import pytest
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.coverage import Coverage
from semsearch.documents.readers.ocr import missing_programs
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings

pytestmark = pytest.mark.skipif(
    bool(missing_programs()), reason="tesseract or pdftoppm is not installed"
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A page image, alone and as the second page of a PDF."""
    pdf = FPDF(format=(150, 40))
    pdf.set_font("Helvetica", size=20)
    pdf.add_page()
    pdf.cell(text="A bowline neither slips nor jams.")
    pdf.output(str(tmp_path / "page.pdf"))
    renderer = shutil.which("pdftoppm") or ""
    drawn = ["-r", "100", "-png", "-singlefile", tmp_path / "page.pdf", tmp_path / "picture"]
    subprocess.run([renderer, *drawn], check=True)
    scanned = FPDF(format=(150, 40))
    scanned.set_font("Helvetica")
    scanned.add_page()
    scanned.cell(text="The first page has a text of its own, as most of them do.")
    scanned.add_page()
    scanned.image(str(tmp_path / "picture.png"), x=0, y=0, w=150)
    scanned.output(str(tmp_path / "scan.pdf"))
    (tmp_path / "page.pdf").unlink()
    return tmp_path


def index(corpus: Path, **values: str) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(
        corpus, embedder=WordEmbedder(dimension=16), settings=Settings(), **values
    )


def test_scans_are_found_when_ocr_is_asked_for(corpus: Path) -> None:
    """Scans are found from the run with OCR on, until OCR is switched off."""
    before = index(corpus)
    assert before.left_out[1].reason == "no text on page 2 of 2 (scans?)"
    assert before.left_out[0].coverage is Coverage.SKIPPED
    assert index(corpus, ocr="eng").left_out == ()
    assert not index(corpus).is_new_generation
    answer = semsearch.search(
        "bowline neither slips", index=corpus, embedder=WordEmbedder(dimension=16)
    )
    first, *_ = answer.hits  # of what says the same
    cited = {place.path: place for place in (first.location, *first.copies)}
    assert cited["scan.pdf"].pages == (2, 2)
    assert cited["picture.png"].place == "paragraph 1"
    assert len(index(corpus, ocr="").left_out) == 2

"""Coverage: the state of each file and page, and hints."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.cli.render.reports import left_out_lines, missing_text, report_text, status_text
from semsearch.documents.coverage import Coverage, LeftOut, why_incomplete
from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings
from semsearch.store.notes.folder_digest import LISTING

if TYPE_CHECKING:
    from conftest import WithoutRoot

GOOD = "<p>A sheet bend joins two ropes.</p>"


def index(corpus: Path) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=WordEmbedder(dimension=16), settings=Settings())


def paths(corpus: Path) -> list[str]:
    """The paths of the hits."""
    answer = semsearch.search(
        "sheet bend", index=corpus, embedder=WordEmbedder(dimension=16), settings=Settings()
    )
    return [hit.location.path for hit in answer.hits]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with two texts."""
    (tmp_path / "a.html").write_text(GOOD)
    (tmp_path / "b.txt").write_text("Weather.")
    return tmp_path


def test_what_cannot_be_read_any_more_stays_searchable(corpus: Path) -> None:
    """An unreadable file's last text is found and marked stale."""
    index(corpus)
    (corpus / "a.html").write_bytes(b"\x00\x01\x02")
    report = index(corpus)
    assert (report.removed, report.left_out[0].coverage) == (0, Coverage.STALE)
    assert paths(corpus)[0] == "a.html"
    assert not index(corpus).is_new_generation
    (corpus / "a.html").write_text(GOOD)
    assert index(corpus).left_out == ()


def test_a_file_without_permission_is_stale_and_tried_again(
    corpus: Path, without_root: "WithoutRoot"
) -> None:
    """A file without permission is stale and retried by each run."""
    with TemporaryDirectory() as name:
        folder = Path(shutil.copytree(corpus, Path(name) / "corpus"))
        for path in (Path(name), folder):
            path.chmod(0o777)
        # Text is read in this process: another user may not start the processes of other readers.
        (folder / "a.html").rename(folder / "a.txt")
        with without_root():
            index(folder)
        (folder / "a.txt").chmod(0)
        with without_root():
            assert index(folder).left_out[0].coverage is Coverage.STALE
        (folder / "a.txt").chmod(0o644)
        with without_root():
            assert index(folder).left_out == ()


def test_the_share_counts_pages(corpus: Path) -> None:
    """Coverage counts each PDF page and each other file; skipped files do not count."""
    pdf = FPDF()
    pdf.set_font("Helvetica")
    for text in ("one", "", "three"):
        pdf.add_page()
        if text:
            pdf.cell(text=text)
    pdf.output(str(corpus / "c.pdf"))
    (corpus / "d.png").write_bytes(b"x")
    report = index(corpus)
    assert report.coverage == pytest.approx(4 / 5)
    found = semsearch.missing(corpus, settings=Settings())
    assert [(item.path, item.pages, item.hint) for item in found.left_out] == [
        ("c.pdf", (2,), "run: semsearch index --ocr")
    ]
    assert found.left_out[0].since is not None
    every = semsearch.missing(corpus, skipped=True, settings=Settings())
    assert [item.path for item in every.left_out] == ["c.pdf", "d.png"]


def test_least_coverage_decides_the_exit_code(corpus: Path) -> None:
    """``index --min-coverage`` exits with 3 below the share, else with 0."""
    (corpus / "c.pdf").write_bytes(b"%PDF-1.4 nonsense")
    command = [sys.executable, "-m", "semsearch", "index", corpus, "--embedder", "local:minilm"]
    for share, code in (("0.9", 3), ("0.5", 0)):
        ended = subprocess.run(
            [*command, "--min-coverage", share], check=False, capture_output=True
        )
        assert ended.returncode == code
    command = [sys.executable, "-m", "semsearch", "missing", "--json", "--index", corpus]
    ended = subprocess.run(command, check=False, capture_output=True)
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["coverage"]) == (3, 0.6667)
    assert said["missing"][0]["hint"] == "save it anew, or take it from a backup"


def test_what_nobody_can_mend_has_no_hint() -> None:
    """A reason that no user can fix has no hint."""
    crashed = Reason(ReasonCode.CRASHED, "its reader crashed (signal 11)")
    assert LeftOut("a", Coverage.FAILED, crashed).hint is None


def test_status_names_the_texts_that_are_not_in_utf_8(tmp_path: Path) -> None:
    """``status`` lists texts that are not in UTF-8."""
    (tmp_path / "new.txt").write_text("Grün", encoding="utf-8")
    (tmp_path / "old.txt").write_bytes("Grüne Äpfel fallen später vom Baum.".encode("utf-16"))
    semsearch.index(tmp_path, embedder=WordEmbedder(), settings=Settings())
    found = semsearch.status(tmp_path)
    assert found.encodings == {"old.txt": "utf-16-le"}
    assert "encodings  old.txt utf-16-le\n" in status_text(found)


def test_what_wants_an_extra_is_told_apart() -> None:
    """Files that need an extra are listed first, with its install command."""
    reasons = {
        "a.xlsx": Reason(ReasonCode.NEEDS_OFFICE, "a spreadsheet needs an extra"),
        "b.rtf": Reason(ReasonCode.NEEDS_OFFICE, "an RTF document needs an extra"),
        "c.png": Reason(ReasonCode.OTHER_TYPE, "semsearch does not read files of type .png"),
    }
    skipped = [LeftOut(path, Coverage.SKIPPED, reason) for path, reason in reasons.items()]
    assert list(left_out_lines(skipped, most=10)) == [
        "skipped: 1 .xlsx, 1 .rtf: need an extra: pip install 'semsearch[office]'",
        "skipped: 1 .png: read with --ocr",
    ]


def test_types_beyond_the_most_frequent_are_a_number() -> None:
    """The report names three types of skipped files, and counts the other types."""
    other = Reason(ReasonCode.OTHER_TYPE, "not read")
    endings = "a a a a b b b c c d e".split()
    skipped = [LeftOut(f"{n}.{e}", Coverage.SKIPPED, other) for n, e in enumerate(endings)]
    (line,) = left_out_lines(skipped, most=10)
    assert line == "skipped: 4 .a, 3 .b, 2 .c and 2 more types: not a document type"


def test_missing_tells_the_share_of_skipped_files(tmp_path: Path) -> None:
    """``missing`` groups files that are not read by type, with their share of all files."""
    for name in ("a.txt", "b.svg", "c.SVG", "d.so"):
        (tmp_path / name).write_text("A text.")
    index(tmp_path)
    found = semsearch.missing(tmp_path, settings=Settings())
    assert (found.left_out, found.skipped_types, found.files) == ((), {".svg": 2, ".so": 1}, 4)
    assert missing_text(found).split("\n")[1:] == [
        "skipped: 2 .svg, 1 .so: not a document type",
        "skipped files are 75.0% of 4 files; they do not count above",
    ]


def locked_pdf(pages: int) -> bytes:
    """A PDF with a password."""
    pdf = FPDF()
    pdf.set_encryption(owner_password="owner", user_password="user")
    for _ in range(pages):
        pdf.add_page()
    return bytes(pdf.output())


def test_a_pdf_that_cannot_be_read_counts_with_its_pages(corpus: Path) -> None:
    """A locked PDF of nine pages beside one other file is a coverage of a tenth."""
    for path in corpus.iterdir():
        path.unlink()
    (corpus / "a.txt").write_text("A text.")
    (corpus / "b.pdf").write_bytes(locked_pdf(9))
    report = index(corpus)
    assert report.coverage == pytest.approx(1 / 10)
    assert report.left_out[0].page_count == 9
    assert "failed: b.pdf (9 pages): password-protected PDF" in report_text(report)


def test_pages_that_an_earlier_version_has_not_counted_are_counted(corpus: Path) -> None:
    """A failed PDF whose row has no pages is tried once more, and then never again."""
    (corpus / "b.pdf").write_bytes(locked_pdf(9))
    index(corpus)
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as record:
        record.execute("update document set pages = null where path = ?", (b"b.pdf",))
        record.execute("delete from note where name = ?", (LISTING,))
        record.commit()
    generations = [index(corpus).generation for _ in range(2)]
    assert generations == [2, 2]
    assert semsearch.missing(corpus, settings=Settings()).left_out[0].page_count == 9


def test_a_reason_names_all_that_is_not_read() -> None:
    """Pages without text, bytes that are not valid, and parts that the reader has named."""
    block = Block(BlockKind.PARAGRAPH, "words", [1])
    damaged = Reason(ReasonCode.DAMAGED, "not read: a.pdf")
    whole = Document((block,), page_count=2, unread=damaged)
    assert why_incomplete(whole, 9) == damaged
    scanned = why_incomplete(replace(whole, blank_pages=(2,)), 9)
    assert scanned is not None
    assert str(scanned) == "no text on page 2 of 2 (scans?); not read: a.pdf"
    broken = why_incomplete(replace(whole, invalid_bytes=1, encoding="utf-8"), 9)
    assert broken is not None
    assert (broken.code, broken.detail[-17:]) == (ReasonCode.INVALID_BYTES, "; not read: a.pdf")

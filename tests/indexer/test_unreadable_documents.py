"""Unreadable documents are recorded with a reason."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pypdf
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.coverage import Coverage
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import (
    TextsRefused,
)
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from conftest import WithoutRoot
from fakes.index_runs import found, index


def test_a_refused_text_leaves_out_its_passages_only(corpus: Path) -> None:
    """A refused text leaves out its passages and is not sent again until its document changes."""

    class Choosy(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            texts = list(texts)
            bad = {n: "too long" for n, text in enumerate(texts) if "dense" in text}
            self.asked = getattr(self, "asked", 0) + len(bad)
            good = [n for n in range(len(texts)) if n not in bad]
            for batch in super().embed([texts[n] for n in good]):
                positions = tuple(good[at] for at in batch.positions)
                yield EmbeddedBatch(positions, batch.vectors, batch.tokens)
            if bad:
                raise TextsRefused(bad)

    choosy = Choosy()
    report = index(corpus, choosy)
    (left_out,) = report.left_out
    assert (left_out.path, left_out.coverage) == ("bees.md", Coverage.INDEXED)
    assert left_out.reason == "the embedder refuses a passage: too long"
    assert (report.added, found(corpus, "honey bees", choosy)[0]) == (4, "bees.md")
    assert (report.passages, report.embedded, report.reused) == (4, 4, 0)
    assert not index(corpus, choosy).is_new_generation
    assert choosy.asked == 1
    (corpus / "bees.md").write_text("Honey bees keep warm.")
    assert index(corpus, choosy).left_out == ()


def test_a_document_whose_only_text_is_refused_has_failed(corpus: Path) -> None:
    """A document whose only text is refused has failed; others are found."""

    class Choosy(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            texts = list(texts)
            good = [n for n, text in enumerate(texts) if "bowline" not in text]
            for batch in super().embed([texts[n] for n in good]):
                positions = tuple(good[at] for at in batch.positions)
                yield EmbeddedBatch(positions, batch.vectors, batch.tokens)
            raise TextsRefused(dict.fromkeys(set(range(len(texts))) - set(good), "no knots"))

    report = index(corpus, Choosy())
    (left_out,) = report.left_out
    assert (left_out.path, left_out.coverage) == ("sub/knots.txt", Coverage.FAILED)
    assert (report.added, report.passages) == (3, 4)


def test_a_reason_outside_of_a_file_is_not_believed_for_ever(
    corpus: Path, words: WordEmbedder
) -> None:
    """A file that failed a limit is read after the limit is raised."""
    (corpus / "long.txt").write_text("long " * 100)
    assert index(corpus, words, max_file_bytes=300).left_out[0].path == "long.txt"
    assert not index(corpus, words, max_file_bytes=300).is_new_generation
    assert index(corpus, words).left_out == ()


def test_a_file_of_another_type_makes_no_generation(corpus: Path, words: WordEmbedder) -> None:
    """Files of unsupported types never make a generation."""
    index(corpus, words)
    for content in (b"1", b"22", None):
        (corpus / "photo.png").unlink(missing_ok=True)
        if content is not None:
            (corpus / "photo.png").write_bytes(content)
        assert not semsearch.status(corpus).changes
        report = index(corpus, words)
        assert not report.is_new_generation
        assert report.left_out == semsearch.status(corpus).left_out
        assert len(report.left_out) == (content is not None)


def test_a_folder_that_is_shut_keeps_its_documents(
    corpus: Path, words: WordEmbedder, without_root: "WithoutRoot"
) -> None:
    """An unreadable subfolder is reported and keeps its documents."""
    with TemporaryDirectory() as name:
        public = Path(name)
        folder = Path(shutil.copytree(corpus, public / "corpus"))
        for path in (public, folder):
            path.chmod(0o777)
        # Text is read in this process: another user may not start the processes of other readers.
        (folder / "sub" / "tides.html").rename(folder / "sub" / "tides.txt")
        with without_root():
            index(folder, words)
        (folder / "sub").chmod(0)
        with without_root():
            report = index(folder, words)
            status = semsearch.status(folder, settings=Settings())
            cut_anew = index(folder, words, passage_characters=60, overlap_characters=0)
        (folder / "sub").chmod(0o755)
        assert report.left_out == status.left_out
        assert status.left_out[0].path == "sub"
        assert (report.removed, status.documents) == (0, 4)
        assert not status.changes
        with without_root():
            assert index(folder, words).left_out == ()
        assert (cut_anew.removed, semsearch.status(folder).documents) == (2, 4)


def test_every_bad_file_is_recorded_and_the_run_goes_on(corpus: Path, words: WordEmbedder) -> None:
    """Each bad file has its reason, and all good documents are found."""
    pdf = FPDF()
    pdf.add_page()
    pdf.output(str(corpus / "blank.pdf"))
    writer = pypdf.PdfWriter(corpus / "blank.pdf")
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(corpus / "locked.pdf")
    (corpus / "empty.pdf").write_bytes(b"")
    (corpus / "empty.md").write_bytes(b"")
    (corpus / "binary.txt").write_bytes(b"\0\1\2")
    (corpus / "latin.txt").write_bytes("Die Größe der Bäume überraschte. ".encode("cp1252") * 4)
    (corpus / "photo.png").write_bytes(b"\x89PNG")
    report = index(corpus, words)
    reasons = {item.path: (item.coverage, item.reason) for item in report.left_out}
    assert reasons == {
        "binary.txt": (Coverage.FAILED, "binary file, not text"),
        "blank.pdf": (Coverage.NO_TEXT, "no text layer on any of its 1 pages (a scan?)"),
        "empty.md": (Coverage.NO_TEXT, "the file is empty"),
        "empty.pdf": (Coverage.FAILED, "damaged PDF: it is empty"),
        "locked.pdf": (Coverage.FAILED, "password-protected PDF"),
        "photo.png": (Coverage.SKIPPED, "semsearch does not read files of type .png"),
    }
    quiet = {"photo.png", "empty.md"}
    assert {item.path for item in report.not_searchable} == reasons.keys() - quiet
    assert found(corpus, "größe bäume", words)[0] == "latin.txt"
    assert semsearch.status(corpus).left_out == report.left_out


def test_pages_without_text_are_named(tmp_path: Path, words: WordEmbedder) -> None:
    """Pages without text are reported by run and status, without a failure."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for text in ("Cover.", "", "", "Text.", ""):
        pdf.add_page()
        if text:
            pdf.multi_cell(w=0, text=text)
    pdf.output(str(tmp_path / "scans.pdf"))
    report = index(tmp_path, words)
    (left_out,) = report.left_out
    assert left_out.coverage is Coverage.INDEXED
    assert left_out.reason == "no text on pages 2-3, 5 of 5 (scans?)"
    assert (report.added, report.not_searchable) == (1, ())
    assert semsearch.status(tmp_path).left_out == report.left_out


def test_a_folder_of_bad_documents_only_is_recorded(tmp_path: Path, words: WordEmbedder) -> None:
    """A folder of bad documents makes a generation without passages."""
    (tmp_path / "a.txt").write_bytes(b"\0")
    report = index(tmp_path, words)
    assert (report.passages, len(report.not_searchable)) == (0, 1)
    assert found(tmp_path, "anything", words) == []

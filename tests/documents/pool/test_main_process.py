"""The main process parses plain text only, whatever the names of files say."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from fpdf import FPDF

from semsearch.documents.formats import FORMATS

SCRIPT = """
import sys
import semsearch
from fakes.embedder import WordEmbedder
report = semsearch.index(sys.argv[1], embedder=WordEmbedder())
print(report.added, *sorted(sys.modules))
"""
PARSERS = {"lxml", "pypdf", "python_calamine", "xlrd", "olefile", "tree_sitter"}
READERS = "semsearch.documents.readers."


def write_package(path: Path, member: str, text: str) -> None:
    """Write a package of Office or a book with one member."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(member, text)


def test_no_reader_but_those_of_plain_text_is_imported(tmp_path: Path) -> None:
    """Small files that are named as text, and are none, are parsed by a reader process."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica")
    pdf.cell(text="A page.")
    pdf.output(str(tmp_path / "pdf.txt"))
    write_package(tmp_path / "word.md", "word/document.xml", "<d><p><t>A word.</t></p></d>")
    write_package(tmp_path / "sheet.csv", "xl/workbook.xml", "<workbook/>")
    write_package(tmp_path / "book.html", "META-INF/container.xml", "<container/>")
    with tarfile.open(tmp_path / "archive.txt", "w") as archive:
        archive.add(tmp_path / "pdf.txt", "inner.pdf")
    (tmp_path / "rich.txt").write_bytes(rb"{\rtf1\ansi Rich text.}")
    (tmp_path / "page.txt").write_text("<!DOCTYPE html><p>A page.")
    (tmp_path / "plain.md").write_text("# Plain\n\ntext\n")
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    added, *modules = told.stdout.split()
    rows = [row for row in FORMATS.values() if row.reader is not None and not row.is_plain]
    others = {READERS + str(row.reader).partition(".")[0] for row in rows}
    assert int(added) == 6
    assert not (others | PARSERS | {f"{READERS}zip_package"}) & set(modules)

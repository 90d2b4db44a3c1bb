"""Each hint that is printed for a file helps when it is followed."""

import gzip
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pypdf
import pytest
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.office_files import row, workbook
from fakes.programs import PDFTOPPM, put_programs
from fakes.raw_pdf import raw_pdf, second_readers_pdf
from semsearch.documents.coverage import LeftOut
from semsearch.documents.document import PageReader
from semsearch.documents.reason import ReasonCode
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import TextsRefused
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from conftest import WithoutRoot

Act = Callable[[Path], None]
DEFAULT = Settings()
LONG = "A bowline neither slips nor jams. " * 20


def write(name: str, data: bytes | str) -> Act:
    """Write a file of the corpus."""
    data = data.encode() if isinstance(data, str) else data
    return lambda corpus: (corpus / name).write_bytes(data) and None


def write_pdf(name: str, *pages: str, password: str = "") -> Act:
    """Write a PDF, perhaps with a password."""

    def act(corpus: Path) -> None:
        pdf = FPDF()
        pdf.set_font("Helvetica")
        for text in pages:
            pdf.add_page()
            pdf.multi_cell(w=0, text=text)
        pdf.output(str(corpus / name))
        if password:
            writer = pypdf.PdfWriter(corpus / name)
            writer.encrypt(password, algorithm="AES-256")
            writer.write(corpus / name)

    return act


def rename(old: str, new: str) -> Act:
    """Rename a file of the corpus."""
    return lambda corpus: (corpus / old).rename(corpus / new) and None


def nothing(corpus: Path) -> None:
    """Follow a hint that is about settings."""


class Case(NamedTuple):
    """A file that cannot be found, what its hint says to do, and the settings before and after."""

    make: Act
    follow: Act
    before: Settings = DEFAULT
    after: Settings = DEFAULT


KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 6 + "\n"
CASES = {
    ReasonCode.PASSWORD: Case(
        write_pdf("a.pdf", LONG, password="x"), write_pdf("a.pdf", LONG)
    ),
    ReasonCode.UNKNOWN_ENCODING: Case(
        write("a.txt", bytes(b for b in range(1, 256) if b not in (9, 10, 13)) * 8),
        write("a.txt", "Größe"),
    ),
    ReasonCode.INVALID_BYTES: Case(
        write("a.txt", "Größe und Bäume ".encode() + b"\xff"), write("a.txt", "Größe und Bäume ÿ")
    ),
    ReasonCode.UNCALCULATED: Case(
        write("a.xlsx", workbook(row(1, "cost", '<c r="B1"><f>2*3</f></c>'))),
        write("a.xlsx", workbook(row(1, "cost", '<c r="B1"><f>2*3</f><v>6</v></c>'))),
    ),
    ReasonCode.DAMAGED: Case(write("a.pdf", "%PDF-1.4 nothing"), write_pdf("a.pdf", LONG)),
    ReasonCode.BINARY: Case(
        write("a.txt", b"\0\1\2"), write(".semsearchignore", "a.txt\n")
    ),
    ReasonCode.PRIVATE_KEY: Case(
        write("a.txt", KEY), lambda corpus: (corpus / "a.txt").unlink()
    ),
    ReasonCode.TOO_LARGE: Case(
        write("a.txt", LONG), nothing, Settings(max_file_bytes=100)
    ),
    ReasonCode.TOOK_TOO_LONG: Case(
        write_pdf("z.pdf", *[LONG] * 30), nothing, Settings(document_seconds=0.01)
    ),
    ReasonCode.TOO_MUCH_MEMORY: Case(
        write("a.txt", "x" * 30_000_000), nothing, Settings(document_memory_bytes=130_000_000)
    ),
    ReasonCode.GENERATED: Case(
        write("package-lock.json", '{"name": "x", "lockfileVersion": 3}'), nothing,
        after=Settings(generated="yes"),
    ),
}  # fmt: skip
# Reasons that other tests of this file make.
OTHERS = {
    ReasonCode.SCANNED_PAGES,
    ReasonCode.NO_PERMISSION,
    ReasonCode.CHANGING,
    ReasonCode.PASSAGE_REFUSED,
    ReasonCode.NEEDS_CODE,
    ReasonCode.NEEDS_OFFICE,
    ReasonCode.NEEDS_DJVULIBRE,
    ReasonCode.NEEDS_GHOSTSCRIPT,
}


def run(corpus: Path, settings: Settings = DEFAULT, **options: str) -> dict[str, LeftOut]:
    """Index a folder; returns the files left out by their paths."""
    report = semsearch.index(corpus, embedder=WordEmbedder(), settings=settings, **options)
    return {item.path: item for item in report.left_out}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one document that can be read."""
    (tmp_path / "sound.txt").write_text("The moon pulls the water.")
    return tmp_path


def test_each_hint_is_followed_by_a_test() -> None:
    """Every reason with a hint has its case in this file."""
    assert {code for code in ReasonCode if code.hint} == CASES.keys() | OTHERS


@pytest.mark.parametrize("code", CASES, ids=lambda code: code.key)
def test_a_hint_about_a_file_helps(folder: Path, code: ReasonCode) -> None:
    """After the hint was followed, nothing is left out any more."""
    case = CASES[code]
    case.make(folder)
    (left_out,) = run(folder, case.before).values()
    assert (left_out.why.code, left_out.hint) == (code, code.hint)
    assert run(folder, case.before).keys() == {left_out.path}
    case.follow(folder)
    assert run(folder, case.after) == {}


@pytest.mark.parametrize("code", [ReasonCode.TOOK_TOO_LONG, ReasonCode.TOO_MUCH_MEMORY])
def test_a_limit_is_not_run_into_again_and_again(folder: Path, code: ReasonCode) -> None:
    """Under the same limit the file is left alone, as long as it does not change."""
    case = CASES[code]
    case.make(folder)
    run(folder, case.before)
    assert not semsearch.index(
        folder, embedder=WordEmbedder(), settings=case.before
    ).is_new_generation
    before = replace(case.before, document_seconds=60.0, document_memory_bytes=1 << 30)
    assert run(folder, before) == {}


def test_a_file_that_was_touched_is_read_again(folder: Path) -> None:
    """A file that failed and can be read now is read, though its bytes are those that failed."""
    write_pdf("z.pdf", *[LONG] * 30)(folder)
    run(folder, Settings(document_seconds=0.01))
    data = (folder / "z.pdf").read_bytes()
    (folder / "z.pdf").write_bytes(data)
    assert run(folder) == {}


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for tesseract, which knows no language yet, and for pdftoppm."""
    folder = tmp_path_factory.mktemp("programs")
    put_programs(
        folder,
        monkeypatch,
        tesseract="echo 'Error opening data file eng.traineddata' >&2; exit 1",
        pdftoppm=PDFTOPPM,
    )
    return folder


def test_scanned_pages_are_read_with_ocr(folder: Path, programs: Path) -> None:
    """The hint for a scan helps, once the languages of OCR are installed, and not before."""
    write_pdf("scan.pdf", "")(folder)
    assert run(folder)["scan.pdf"].why.code is ReasonCode.SCANNED_PAGES
    (failed,) = run(folder, ocr="eng").values()
    assert failed.why.code is ReasonCode.OCR_FAILED
    (programs / "tesseract").write_text("#!/bin/sh\ncat > /dev/null; echo found words\n")
    assert run(folder, ocr="eng") == {}


def test_permission_helps(folder: Path, without_root: "WithoutRoot") -> None:
    """A file that may be read now is read."""
    with TemporaryDirectory() as name:
        corpus = Path(shutil.copytree(folder, Path(name) / "corpus"))
        (corpus / "a.txt").write_text(LONG)
        for path in (Path(name), corpus):
            path.chmod(0o777)
        (corpus / "a.txt").chmod(0)
        with without_root():
            assert run(corpus)["a.txt"].why.code is ReasonCode.NO_PERMISSION
        (corpus / "a.txt").chmod(0o644)
        with without_root():
            assert run(corpus) == {}


def test_a_file_at_rest_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changed while it was read is read by the next run, when it is at rest."""
    changing = folder / "a.txt"
    changing.write_text(LONG)
    fstat, seconds = os.fstat, count()

    def changed(descriptor: int) -> os.stat_result:
        """The file's state; it is written to again as soon as that is known."""
        result = fstat(descriptor)
        if os.path.samestat(result, changing.stat()):
            second = next(seconds)
            os.utime(changing, (second, second))
        return result

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", changed)
        assert run(folder)["a.txt"].why.code is ReasonCode.CHANGING
    assert run(folder) == {}


def test_shorter_passages_help(folder: Path) -> None:
    """A passage that the embedder refuses is embedded when it is cut shorter."""

    class Strict(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            texts = list(texts)
            good = [n for n, text in enumerate(texts) if len(text) <= 300]
            for batch in super().embed([texts[n] for n in good]):
                positions = tuple(good[at] for at in batch.positions)
                yield EmbeddedBatch(positions, batch.vectors, batch.tokens)
            if len(good) < len(texts):
                raise TextsRefused(dict.fromkeys(set(range(len(texts))) - set(good), "too long"))

    (folder / "a.txt").write_text(LONG)
    (left_out,) = index(folder, Strict()).left_out
    assert left_out.why.code is ReasonCode.PASSAGE_REFUSED
    assert index(folder, Strict(), passage_characters=300).left_out == ()


# Letters as far apart as words, in both readers' eyes.
SPLIT = b"BT /F1 10 Tf 72 700 Td (%s) Tj ET" % " ".join("theharbouristhere" * 3).encode()
WORD_97 = Path(__file__).parents[1] / "documents" / "readers" / "files" / "letter.doc"
WITHOUT_EXTRA = """import sys
for name in ("tree_sitter", "olefile", "pypdfium2"):
    sys.modules[name] = None  # as if it were not installed
"""
SCRIPT = """
import sys
import semsearch
from fakes.embedder import WordEmbedder
report = semsearch.index(sys.argv[1], embedder=WordEmbedder())
print(*sorted(item.why.code.key for item in report.left_out))
"""


@pytest.fixture
def told_without_extras(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], list[str]]:
    """Index the folder while no extra is installed; returns the codes of what is left out."""
    lacking = tmp_path_factory.mktemp("lacking")
    (lacking / "sitecustomize.py").write_text(WITHOUT_EXTRA)  # of the reader processes, too
    path = os.pathsep.join([str(lacking), str(Path(__file__).parents[1]), *sys.path])

    def told() -> list[str]:
        told = subprocess.run(
            [sys.executable, "-c", SCRIPT, folder],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        return told.stdout.split()

    return told


@pytest.mark.parametrize("name", ["letter.doc", "letter.docx", "letter.txt"])
def test_an_extra_helps(
    folder: Path, told_without_extras: Callable[[], list[str]], name: str
) -> None:
    """Files whose extra was missing are read when it is installed, whatever their names."""
    (folder / name).write_bytes(WORD_97.read_bytes())
    (folder / "a.py").write_text("x = 1\n")
    assert told_without_extras() == ["needs-code", "needs-office"]
    assert run(folder) == {}


def test_an_extra_helps_with_a_part_of_a_file(
    folder: Path, told_without_extras: Callable[[], list[str]]
) -> None:
    """A member of an archive whose extra was missing is read when it is installed, and once."""
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.txt", "Words.")
        archive.writestr("letter.msg", WORD_97.read_bytes())
    assert told_without_extras() == ["needs-office"]
    assert told_without_extras() == ["needs-office"]
    assert run(folder) == {}
    assert not semsearch.index(folder, embedder=WordEmbedder(), settings=DEFAULT).is_new_generation


def test_the_second_reader_of_pdfs_helps(
    folder: Path, told_without_extras: Callable[[], list[str]]
) -> None:
    """A PDF with pages that the first reader reads badly is read again, once, with the second.

    Until then the pages are those of no second reader, and the file is left alone.
    """
    (folder / "a.pdf").write_bytes(second_readers_pdf())
    (folder / "split.pdf").write_bytes(raw_pdf(SPLIT))
    assert told_without_extras() == ["scanned-pages"]
    assert told_without_extras() == ["scanned-pages"]
    assert semsearch.status(folder, settings=DEFAULT).page_readers == {}
    assert run(folder) == {}
    assert semsearch.status(folder, settings=DEFAULT).page_readers == {
        "a.pdf": PageReader("pypdfium2", (2,))
    }
    assert not semsearch.index(folder, embedder=WordEmbedder(), settings=DEFAULT).is_new_generation


# A program that answers as DjVuLibre's and Ghostscript's do, whatever the document.
ANSWERS = {
    "djvutxt": """'(page 0 0 9 9 "Found words.")'""",
    "gs": """'<page>\n<span bbox="0 9 9 9" font="" size="9">\n<char bbox="0 9 9 9" c="x"/>\n'""",
}
DOCUMENTS = {
    "a.djvu": ("djvutxt", ReasonCode.NEEDS_DJVULIBRE, b"AT&TFORM\0\0\0\4DJVU"),
    "a.ps": ("gs", ReasonCode.NEEDS_GHOSTSCRIPT, b"%!PS\n"),
    "a.txt": ("gs", ReasonCode.NEEDS_GHOSTSCRIPT, b"%!PS\n"),
    "a.ps.gz": ("gs", ReasonCode.NEEDS_GHOSTSCRIPT, gzip.compress(b"%!PS\n")),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_program_helps(
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Files whose program was missing are read when it is installed, whatever their names."""
    program, code, data = DOCUMENTS[name]
    (folder / name).write_bytes(data)
    path = tmp_path_factory.mktemp("programs")
    monkeypatch.setenv("PATH", str(path))
    (left_out,) = run(folder).values()
    assert (left_out.why.code, left_out.hint) == (code, "install the program that it names")
    assert run(folder).keys() == {name}
    (path / program).write_text("#!/bin/sh\nexec another-program-of-its-own\n")
    (path / program).chmod(0o755)
    (left_out,) = run(folder).values()
    assert left_out.why.code is code
    assert left_out.reason.startswith(f"{program} cannot be started: ")
    (path / program).write_text(f"#!/bin/sh\nprintf %s {ANSWERS[program]}\n")
    (path / program).chmod(0o755)
    assert run(folder) == {}

"""Documents are read by child processes."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import Outcome, ReaderPool, Request
from semsearch.documents.pool.protocol import packed, unpacked
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.documents.walk.walker import FileStat
from semsearch.settings.child_environments import reader_environment

# A PDF whose one page draws a form that draws the next one twice, 40 deep: 2**40 to go through.
BOMB = """%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[PAGES]/Count 200>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 9 0 R
/Resources<</XObject<</F 10 0 R>>>>>> endobj
9 0 obj <</Length 11>> stream
/F Do /F Do
endstream endobj
"""


def bomb() -> bytes:
    """A small PDF that takes practically endless time."""
    forms = "".join(
        f"{n} 0 obj <</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 11"
        f"/Resources<</XObject<</F {n + 1} 0 R>>>>>> stream\n/F Do /F Do\nendstream endobj\n"
        for n in range(10, 50)
    )
    pages = BOMB.replace("PAGES", "3 0 R " * 200)  # a reader that gives one page up has others
    return f"{pages}{forms}trailer <</Root 1 0 R/Size 51>>\nstartxref\n0\n%%EOF".encode()


def write_pdf(path: Path, text: str) -> None:
    """Write a PDF of one page."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica")
    pdf.cell(text=text)
    pdf.output(str(path))


def texts(outcomes: Iterator[tuple[str, Outcome | None]]) -> list[tuple[str, str | None]]:
    """Map each name to the first block of its document, or to the reason of its failure."""
    return [
        (name, outcome.document.blocks[0].text if isinstance(outcome, ReadDocument) else None)
        for name, outcome in outcomes
    ]


def test_outcomes_come_in_the_order_of_the_requests(tmp_path: Path) -> None:
    """Outcomes keep the order of the requests, whichever process finishes first."""
    names = [f"{n}.{'pdf' if n % 3 else 'txt'}" for n in range(9)]
    for name in names:
        if name.endswith("pdf"):
            write_pdf(tmp_path / name, f"page of {name}")
        else:
            (tmp_path / name).write_text(f"page of {name}")
    with ReaderPool(tmp_path, Limits(), workers=2) as pool:
        asked = [(name, Request(name, 1000)) for name in names]
        found = texts(pool.in_order([*asked, ("none", None)]))
    assert found == [*((name, f"page of {name}") for name in names), ("none", None)]


def test_a_wait_is_told_before_a_file_that_takes_long(tmp_path: Path) -> None:
    """None comes, again and again, before such an outcome, and not before those at hand."""
    (tmp_path / "a.txt").write_text("A page.")
    (tmp_path / "long.pdf").write_bytes(bomb())
    asked = [(name, Request(name, 1000)) for name in ("a.txt", "long.pdf")]
    with ReaderPool(tmp_path, Limits(seconds=1), workers=1) as pool:
        told = [one and one[0] for one in pool.in_order_with_waits(asked)]
    assert [name for name, _ in groupby(told)] == ["a.txt", None, "long.pdf"]


def test_a_log_that_has_grown_since_the_walk_is_read(tmp_path: Path) -> None:
    """A file that was small and is no more is within the limit of the settings."""
    (tmp_path / "run.log").write_text("one line of a log\n" * 20_000)
    with ReaderPool(tmp_path, Limits(), workers=1) as pool:
        ((_, outcome),) = pool.in_order([(None, Request("run.log", 18))])
    assert isinstance(outcome, ReadDocument)


def test_a_small_file_above_the_limit_starts_no_process(tmp_path: Path) -> None:
    """The limit of the settings counts, where it is the smaller one."""
    (tmp_path / "run.log").write_text("one line of a log\n" * 20)
    with ReaderPool(tmp_path, Limits(file_bytes=100), workers=1) as pool:
        ((_, outcome),) = pool.in_order([(None, Request("run.log", 18))])
        assert pool._started == []
    assert isinstance(outcome, DocumentUnreadable)
    assert outcome.code is ReasonCode.TOO_LARGE


def test_a_hostile_file_costs_only_itself(tmp_path: Path) -> None:
    """A file that exceeds its time fails with its digest, and later files are read."""
    (tmp_path / "a.pdf").write_bytes(bomb())
    (tmp_path / "b.txt").write_text("the one after")
    with ReaderPool(tmp_path, Limits(seconds=5), workers=1) as pool:
        (_, first), (_, second) = pool.in_order(
            [("a", Request("a.pdf", 1)), ("b", Request("b.txt", 1))]
        )
    assert isinstance(first, DocumentUnreadable)
    assert str(first) == "reading it took longer than 5 s (document_seconds)"
    assert first.digest is not None
    assert isinstance(second, ReadDocument)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the kernel's")
def test_a_file_that_crashes_the_second_reader_is_read_by_the_first(tmp_path: Path) -> None:
    """A page of endless drawings fills its memory; the other page is read, in an archive, too."""
    pages = bomb().replace(b"/Kids[" + b"3 0 R " * 200, b"/Kids[60 0 R 3 0 R ")
    page = (
        b"60 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 61 0 R/Resources<</Font"
        b"<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj\n61 0 obj <</Length 40"
        b">> stream\nBT /F1 9 Tf 9 50 Td (readable) Tj ET     \nendstream endobj\ntrailer"
    )
    (tmp_path / "a.pdf").write_bytes(
        pages.replace(b"trailer", page).replace(b"/Size 51", b"/Size 62")
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.pdf", "a.pdf")
    with ReaderPool(tmp_path, Limits(memory_bytes=400_000_000), workers=1) as pool:
        document, within = (pool.read(name).document for name in ("a.pdf", "a.zip"))
    assert [block.text for block in (*document.blocks, *within.blocks)] == ["readable"] * 2
    assert document.blank_pages == (2,)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the kernel's")
def test_memory_is_limited(tmp_path: Path) -> None:
    """A document that needs too much memory fails with that reason."""
    (tmp_path / "a.txt").write_text("x" * 60_000_000)
    with (
        ReaderPool(tmp_path, Limits(memory_bytes=130_000_000), workers=1) as pool,
        pytest.raises(DocumentUnreadable, match="more memory than a document may"),
    ):
        pool.read("a.txt")


def test_no_key_reaches_a_reader() -> None:
    """A reader's environment has only the variables that Python needs, and no key."""
    given = {"MISTRAL_API_KEY": "x", "SEMSEARCH_CONFIG": "y", "AWS_SECRET": "z", "PATH": "/bin"}
    assert reader_environment(given) == {"PATH": "/bin"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit on this system")
def test_no_byte_is_written_to_a_file(tmp_path: Path) -> None:
    """The limits of a reader's process refuse it, whatever the user may write to."""
    program = (
        "import sys\n"
        "from semsearch.documents.pool.worker import _limit\n"
        "_limit(1 << 30)\n"
        "try: open(sys.argv[1], 'wb', buffering=0).write(b'x')\n"
        "except OSError as error: sys.stdout.write(error.strerror)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "File too large"
    assert (tmp_path / "file").read_bytes() == b""


def test_no_module_comes_from_the_corpus(tmp_path: Path) -> None:
    """A file json.py in the working directory is not imported by a reader."""
    (tmp_path / "json.py").write_text("open('ran', 'w')")
    write_pdf(tmp_path / "a.pdf", "words")
    script = (
        "from pathlib import Path; from semsearch.documents.pool.pool import *\n"
        "from semsearch.documents.pool.limits import Limits\n"
        "with ReaderPool(Path.cwd(), Limits()) as pool: print(pool.read('a.pdf').document.blocks)"
    )
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    assert not (tmp_path / "ran").exists()


def test_what_has_gone_is_not_unreadable(tmp_path: Path) -> None:
    """A deleted file is a ``FileNotFoundError`` from a process, too."""
    with ReaderPool(tmp_path, Limits()) as pool, pytest.raises(FileNotFoundError):
        pool.read("gone.pdf")


BLOCKS = st.builds(
    lambda kind, text, page, headings, has_places: Block(
        kind,
        text,
        range(4, 5 + text.count("\n")),
        page,
        tuple(headings),
        [7] * (text.count("\n") + 1),
        ["slide 3"] * (text.count("\n") + 1) if has_places else None,
    ),
    st.sampled_from(BlockKind),
    st.text(min_size=1),
    st.none() | st.integers(1, 9),
    st.lists(st.text(), max_size=2),
    st.booleans(),
)


@given(st.lists(BLOCKS, max_size=4), st.booleans(), st.none() | st.just("utf-8"))
def test_documents_come_through_the_wire_as_they_are(
    blocks: list[Block], has_lines: bool, encoding: str | None
) -> None:
    """Any document survives the pipe unchanged."""
    document = Document(tuple(blocks), 3, (2,), has_lines, encoding)
    read = ReadDocument(document, b"x" * 32, FileStat(1, 2, 3, 4))
    assert unpacked(packed(read)) == read


@pytest.mark.parametrize("said", ["", "[1", "3\n", "[]\n", '["code"]\n', '{"digest": 3}\n'])
def test_half_an_answer_is_none(said: str) -> None:
    """A truncated or foreign answer of a process gives no document."""
    with pytest.raises((EOFError, ValueError, KeyError, TypeError, AttributeError)):
        unpacked(said.encode().splitlines(keepends=True))


def test_the_memory_of_who_asks_is_not_that_of_a_reader(tmp_path: Path) -> None:
    """A parent process above the readers' memory limit still gets all documents."""
    names = [f"{number}.pdf" for number in range(6)]
    for name in names:
        write_pdf(tmp_path / name, f"page of {name}")
    ballast = b"x" * 300_000_000
    with ReaderPool(tmp_path, Limits(memory_bytes=1 << 29), workers=1) as pool:
        found = texts(pool.in_order([(name, Request(name, 1000)) for name in names]))
    assert found == [(name, f"page of {name}") for name in names]
    assert len(ballast) == 300_000_000

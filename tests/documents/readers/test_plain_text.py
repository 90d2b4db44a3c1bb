"""Plain text is read to blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.document import BlockKind
from semsearch.documents.readers.plain_text import read_text
from semsearch.documents.readers.reader import document_of

TEXTS = st.text(alphabet="ab \n\t", max_size=80)


def test_paragraphs_end_at_blank_lines() -> None:
    """Paragraphs end at blank lines and keep their line numbers."""
    blocks = read_text("one\ntwo\n\n \n  three\n").blocks
    assert [(b.text, list(b.lines)) for b in blocks] == [("one\ntwo", [1, 2]), ("  three", [5])]


@given(TEXTS)
def test_each_row_stands_on_its_line(text: str) -> None:
    """Each non-blank row is in exactly one block, with its line number."""
    rows = {
        line: row
        for block in read_text(text).blocks
        for line, row in zip(block.lines, block.text.split("\n"), strict=True)
    }
    lines = enumerate(text.split("\n"), start=1)
    assert rows == {number: row for number, row in lines if row.strip()}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024-01-02 a\n10:11:12 b\nJan  3 04:05:06 c", BlockKind.LIST),
        ("10:11:12 a\n10:11:13 b\nTraceback\n10:11:14 c", BlockKind.LIST),
        ("10:11:12 a\nTraceback\n10:11:13 b", BlockKind.PARAGRAPH),
        ("10:11:12 a\n10:11:13 b", BlockKind.PARAGRAPH),
        ("version 1.10\nversion 1.20\nversion 1.30", BlockKind.PARAGRAPH),
        (f"10:11:12 {'a' * 3000}\n10:11:13 b\n10:11:14 c", BlockKind.PARAGRAPH),
    ],
)
def test_rows_of_a_log_are_items(text: str, kind: BlockKind) -> None:
    """Three rows or more make a log when at least 70 % begin with a time."""
    (block,) = read_text(text).blocks
    assert block.kind is kind


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("a.adoc", "|===\nword\n"),
        ("a.yaml", "key:\n"),
        ("a.toml", "[a]\nb = 1\n"),
        ("a.tex", "\\section{a}\nword\n"),
        ("a.diff", "@@ -1 +1 @@\n+a\n"),
        ("a.md", "text <!-- that goes on\n"),
        ("a.md", "&%%"),
        ("a.md", f"{'`' * 100_000}{'<!-- a -->' * 20_000}"),
        ("a.md", f"{'`' * 100_000}{'[[a]]' * 20_000}"),
        ("a.toml", f"[[a]]\n[{chr(11) * 300_000}"),
        ("a.tex", "\\begin{verbatim}\n\n"),
        ("a.org", f"* a{chr(9) * 300_000}"),
        ("a.adoc", "[source]\n"),
        ("a.adoc", "\n".join("-" * length for length in range(4, 500))),
    ],
)
def test_a_text_without_blank_rows_takes_linear_time(name: str, row: str) -> None:
    """Hundreds of kilobytes of rows that each begin something is read in the time of its bytes."""
    document = document_of(f"word\n{row * max(1, 300_000 // len(row))}".encode(), name)
    assert document.blocks


def test_a_row_of_blanks_takes_linear_time() -> None:
    """A bracket before 300,000 blanks begins no table of TOML, and is read all the same."""
    document = document_of(f"[{' ' * 300_000}word\n\n[  Knots ] # a\nb = 1\n".encode(), "a.toml")
    assert [block.headings for block in document.blocks] == [(), ("Knots",), ("Knots",)]

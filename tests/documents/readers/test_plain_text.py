"""Plain text is read to blocks."""

from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.readers.plain_text import read_text

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

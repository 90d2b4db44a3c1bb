"""Pages in two columns."""

import itertools
from collections.abc import Iterable, Sequence

import pytest
from fpdf import FPDF

from semsearch.documents.readers.pdf import read_pdf

LEFT = [f"and so line {number} of the first column goes on" for number in range(12)]
RIGHT = [f"while line {number} of the second says this" for number in range(12)]
TITLE = "A title that reaches over both of the columns of this page of a journal"


def page(*written: tuple[str, float, float]) -> bytes:
    """A PDF page with pieces of text at (x, y) in mm, written in this order."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=10)
    pdf.add_page()
    for text, x, y in written:
        pdf.set_xy(x, y)
        pdf.cell(text=text)
    return bytes(pdf.output())


def rows_of(data: bytes) -> list[str]:
    """The rows of a page's text."""
    return [row for block in read_pdf(data).blocks for row in block.text.split("\n")]


def placed(texts: Sequence[str], x: float, first: float = 20) -> Iterable[tuple[str, float, float]]:
    """Rows below one another."""
    return ((text, x, first + 6 * at) for at, text in enumerate(texts))


def across(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, float, float]]:
    """Two columns, written row by row."""
    pairs = zip(placed(left, 10), placed(right, 110), strict=True)
    return list(itertools.chain.from_iterable(pairs))


def test_columns_that_were_written_row_by_row_are_read_one_by_one() -> None:
    """Columns written row by row are read column by column, spanning titles in place."""
    data = page((TITLE, 10, 8), *across(LEFT, RIGHT), (TITLE, 10, 200))
    assert rows_of(data) == [TITLE, *LEFT, *RIGHT, TITLE]


def test_columns_that_were_written_one_by_one_stay_so() -> None:
    """Columns written one after the other stay in order."""
    assert rows_of(page(*placed(LEFT, 10), *placed(RIGHT, 110))) == [*LEFT, *RIGHT]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([f"Nail {n}" for n in range(12)], [f"{n}.50" for n in range(12)]),
        ([f"The nail of number {n} and more" for n in range(12)], RIGHT),
    ],
)
def test_a_table_is_read_row_by_row(left: list[str], right: list[str]) -> None:
    """A table of short or capitalised cells is read row by row."""
    expected = [f"{a} {b}" for a, b in zip(left, right, strict=True)]
    assert rows_of(page(*across(left, right))) == expected

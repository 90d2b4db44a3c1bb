"""What a run says of itself while it is under way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.render.progress import Pace, progress_text
from semsearch.indexer.progress import Progress

READING = Progress(files_done=3, files_total=9, file="notes/bees.md", texts_embedded=1_234)


def test_what_is_left_comes_first() -> None:
    """Files of how many, passages, time and price; then the file."""
    assert progress_text(READING, 150.0, 80) == (
        "3 of 9 files, 1,234 passages, 3 min left  notes/bees.md"
    )


def test_passages_are_told_of_how_many_once_all_files_are_read() -> None:
    """The file is left out then."""
    now = Progress(9, 9, "z.md", texts_embedded=1, texts_total=40, cost=0.000027)
    assert progress_text(now, 30.0, 80) == (
        "9 of 9 files, 1 of 40 passages, 30 s left, less than 0.01 USD"
    )


def test_before_the_folder_is_listed_there_is_no_number() -> None:
    """No "0/None files"."""
    assert progress_text(Progress(), None, 80) == "looking through the folder"


@given(
    done=st.integers(0, 10**7),
    texts=st.integers(0, 10**7),
    left=st.none() | st.floats(0, 10**6),
    file=st.text(),
)
def test_the_line_fits_eighty_columns(done: int, texts: int, left: float | None, file: str) -> None:
    """Whatever the numbers and names are, and the counts stand whole in it."""
    now = Progress(done, 10**7, file, texts_embedded=texts, cost=123.0)
    text = progress_text(now, left, 80)
    assert len(text) <= 80
    assert text.startswith(f"{done:,} of 10,000,000 files")


@pytest.mark.parametrize("first", [0, 100])
def test_the_time_left_is_that_of_this_run(first: int) -> None:
    """What a stopped run had done before says nothing of the pace."""
    pace = Pace()
    assert pace.left(first, first + 50, 0.0) is None
    assert pace.left(first + 10, first + 50, 10.0) == 40.0


def test_the_time_left_goes_by_the_last_half_minute() -> None:
    """A slow beginning is forgotten."""
    pace = Pace()
    for second in range(61):
        pace.left(second, 1000, float(second))
    for second in range(61, 101):
        left = pace.left(60 + 10 * (second - 60), 1000, float(second))
    assert left == pytest.approx((1000 - 460) / 10)

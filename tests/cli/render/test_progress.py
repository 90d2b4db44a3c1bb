"""What a run says of itself while it is under way."""

import pytest

from semsearch.cli.render.progress import progress_text
from semsearch.indexer.progress import Progress

HALF_WAY = Progress(
    files_done=3, files_total=9, bytes_done=200, bytes_total=400, texts_embedded=1_234, tokens=9_000
)


@pytest.mark.parametrize(
    ("seconds", "left"), [(30.0, "30 s"), (150.0, "3 min"), (9_000.0, "2.5 h")]
)
def test_what_is_left_takes_as_long_as_what_was_done(seconds: float, left: str) -> None:
    """At half of the bytes; with the tokens of each second."""
    assert progress_text(HALF_WAY, seconds) == (
        f"1,234 passages, 9,000 tokens ({9_000 / seconds:,.0f}/s), {left} left"
    )


def test_at_first_and_at_last_nothing_is_said_of_the_time() -> None:
    """It would be a guess, or none is left."""
    assert progress_text(HALF_WAY, 1.0) == "1,234 passages, 9,000 tokens"
    assert "left" not in progress_text(Progress(tokens=5), 60.0)
    assert "left" not in progress_text(Progress(bytes_done=9, bytes_total=9, tokens=5), 60.0)


def test_the_price_so_far_is_said_where_it_is_known() -> None:
    """As in the plan."""
    assert progress_text(Progress(tokens=42, cost=0.0042), 0.0) == (
        "0 passages, 42 tokens, 0.0042 USD"
    )

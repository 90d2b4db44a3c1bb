"""A message's own words are apart from quotations and signatures."""

import pytest

from semsearch.documents.readers.quotation import text_parts

LONG = "> " + "They asked at length about the lamp. " * 10


@pytest.mark.parametrize(
    ("rows", "trails"),
    [
        (["Yes."], [()]),
        (["> Tea?", "Yes."], [(), ()]),
        ([LONG, "Yes."], [("quoted",), ()]),
        (["Yes.", "> Tea?"], [(), ("quoted",)]),
        (["Yes.", "> Tea?", "", "-- ", "Bob"], [(), ("quoted",), ("signature",)]),
        (["Yes.", "_" * 30, "A mailing list", "https://x.org"], [(), ("signature",)]),
        (["Yes.", "-----Original Message-----", "From: Ann", "Tea?"], [(), ("quoted",)]),
        (["Ja.", "Von: Ann", "Gesendet: Montag", "An: Bob", "Tee?"], [(), ("quoted",)]),
        (["-- ", "Only this."], [()]),
        ([*"abcdefghijklmnop", "--", *"abcdefghijklmnopqrst"], [()]),
    ],
)
def test_parts_of_a_text(rows: list[str], trails: list[tuple[str, ...]]) -> None:
    """Long or last quotations and signatures are parts; a short one belongs to its answer."""
    assert [part.trail for part in text_parts(rows)] == trails


@pytest.mark.parametrize(
    "introduction",
    [
        ["Ann wrote:"],
        ["On Mon, 6 May 2024 at 10:00, Ann <a@x.org>", "wrote:"],
        ["Am 06.05.24 um 10:00 schrieb Ann:"],
        ["Le 6 mai 2024, Ann a écrit :"],
    ],
)
def test_the_introduction_belongs_to_what_is_quoted(introduction: list[str]) -> None:
    """In the languages of most mail, over one row or two."""
    own, quoted = text_parts(["Yes.", "", *introduction, "> Tea?"])
    assert (own.rows, quoted.rows) == (["Yes.", ""], [*introduction, "> Tea?"])


def test_each_row_is_in_one_part() -> None:
    """Nothing of a text is lost or moved."""
    rows = ["Yes.", "", "Ann wrote:", ">> Deep", "> Tea?", "", "No.", LONG, ">>> x", "-- ", "Bob"]
    assert [row for part in text_parts(rows) for row in part.rows] == rows

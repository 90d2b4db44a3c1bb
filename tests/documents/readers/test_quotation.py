"""A message's own words are apart from quotations and signatures."""

import pytest

from semsearch.documents.readers.quotation import begins_quotation, text_parts

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Mon, 6 May 2024, Ann <a@x.org>\nwrote:", True),
        ("-----Original Message-----", True),
        ("Von: Ann\nGesendet: Montag, 6. Mai 2024 10:00\nAn: Bob\nBetreff: Tee", True),
        ("*From:* Ann\n*Sent:* Monday", True),
        ("Ann wrote a letter.", False),
        ("From: the hills", False),
        ("It was she who wrote, after a long time: " + "words " * 60, False),
    ],
)
def test_a_paragraph_begins_what_a_page_quotes(text: str, expected: bool) -> None:
    """By how mail programs introduce the message that they copy."""
    assert begins_quotation(text) is expected


def test_quotations_are_told_apart_to_a_depth() -> None:
    """A row of marks, and a thread of very many answers, make ten headings at most."""
    rows = ["Yes.", "", f"{'>' * 5000} Tea?"]
    assert [len(part.trail) for part in text_parts(rows)] == [0, 10]

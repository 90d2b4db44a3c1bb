"""Hits as text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.render.hits import answer_text
from semsearch.cli.render.terminal import Style
from semsearch.documents.passage import Location
from semsearch.query.citation_text import citation
from semsearch.query.hits import Answer, Hit
from semsearch.query.ranked import Ranked
from semsearch.query.scoring import Signals
from semsearch.store.record.passages import StoredPassage

PLAIN = Style(is_on=False)


def answer(*hits: Hit) -> Answer:
    """An answer with these hits."""
    return Answer("q", Path("i"), Path("c"), 1, "e:m", hits, ())


SIGNALS = Signals(0.4, 3.0, 1, None, 2.5, 0.6)


def hit(text: str, marked: tuple[int, int] | None = None, path: str = "a.md", **rest: Any) -> Hit:
    """A hit on lines 3 and 4."""
    place = Location(path, (3, 4), None, ("A", "B"))
    known = {"location": place, "relevance": 0.9, "signals": SIGNALS, **rest}
    passage = StoredPassage(1, 1, 0, place, text, b"\0")
    found = {name: known.pop(name) for name in ("location", "relevance", "signals")}
    copies = known.pop("copies", ())
    ranked = Ranked(passage, 3.1, text=text, digests=("00",), parts=(), copies=copies, **found)
    return Hit(1, ranked, marked, **known)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (Location("a.md", (3, 9), None, ()), "a.md:3-9"),
        (Location("a.md", (3, 3), None, ()), "a.md:3"),
        (Location("a.pdf", None, (2, 2), ()), "a.pdf p.2"),
        (Location("a.pdf", None, (2, 3), ()), "a.pdf p.2-3"),
        (Location("a\nb.md", (1, 1), None, ()), '"a\\nb.md":1'),
    ],
)
def test_citations(location: Location, shown: str) -> None:
    """Lines behind a colon, pages behind p."""
    assert citation(location) == shown


def test_a_hit_is_its_place_and_its_passage() -> None:
    """The best sentence stands between asterisks where there are no colours."""
    text = answer_text(answer(hit("One here.\nTwo there.", (10, 20))), 80, PLAIN)
    assert text == "1. 0.90 strong a.md:3-4  A › B\n   One here.\n   **Two there.**"


def test_a_trail_that_does_not_fit_has_lines_of_its_own() -> None:
    """Indented as the passage is."""
    deep = hit("x", location=Location("a.md", (1, 1), None, ("One " * 5, "Two " * 5)))
    rows = answer_text(answer(deep), 30, PLAIN).split("\n")
    assert rows[0] == "1. 0.90 strong a.md:1"
    assert rows[1].startswith("   One One")
    assert max(map(len, rows)) <= 30


def test_colours_mark_it_on_a_terminal() -> None:
    """And only there."""
    text = answer_text(answer(hit("One. Two.", (5, 9))), 80, Style(is_on=True))
    assert "One. \x1b[1;33mTwo.\x1b[0m" in text


def test_the_stand_ins_for_the_marks_are_not_in_a_text() -> None:
    """A document that has them cannot switch a colour on."""
    text = answer_text(answer(hit("One \ue000here\ue001.")), 80, Style(is_on=True))
    assert "\x1b[1;33m" not in text
    assert "One here." in text


def test_long_rows_are_wrapped_to_the_terminal() -> None:
    """No line is wider than asked for."""
    text = answer_text(answer(hit("word " * 50, (0, 20))), 40, PLAIN)
    assert max(len(line) for line in text.split("\n")) <= 42


def test_of_a_long_passage_the_rows_around_the_best_sentence_are_shown() -> None:
    """Dots stand for the rest, which --full prints."""
    rows = [f"row {number}" for number in range(40)]
    long = hit("\n".join(rows), (rows.index("row 20") * 6 + 10, rows.index("row 20") * 6 + 16))
    short = answer_text(answer(long), 80, PLAIN).split("\n")
    assert len(short) < 15
    assert "   …" in (short[1], short[-1])
    assert any("**" in row for row in short)
    assert len(answer_text(answer(long), 80, PLAIN, is_full=True).split("\n")) == 41


def test_near_copies_are_listed_under_their_hit() -> None:
    """The first three by name."""
    copies = tuple(Location(f"{name}.md", (1, 2), None, ()) for name in "bcde")
    text = answer_text(answer(hit("x", copies=copies)), 80, PLAIN)
    assert text.endswith("   +4 near-identical: b.md:1-2, c.md:1-2, d.md:1-2, …")


def test_what_a_hit_was_ranked_by_can_be_told() -> None:
    """Each signal with its rank and what it adds."""
    rows = answer_text(answer(hit("x")), 80, PLAIN, explains=True).split("\n")
    assert rows[-3:] == [
        "   meaning: cosine 0.400, rank 1, adds +2.50",
        "   words: BM25 3.00, not among its best, adds +0.60",
        "   score 3.100, relevance 0.900, mode hybrid",
    ]


def test_best_sentence_and_title_are_told_where_they_are_known() -> None:
    """Beside the cosine of the passage."""
    signals = replace(SIGNALS, sentence_cosine=0.55, title_cosine=0.25)
    rows = answer_text(answer(hit("x", signals=signals)), 80, PLAIN, explains=True).split("\n")
    assert (
        rows[-3] == "   meaning: cosine 0.400, rank 1, best sentence 0.550, title 0.250, adds +2.50"
    )


def test_a_passage_cannot_act_on_the_terminal() -> None:
    """Escapes in documents and headings are replaced."""
    place = Location("a", (1, 1), None, ("\x1b[31m",))
    evil = hit("x\x1b]52;c;\x07y", (0, 3), location=place, copies=(place,))
    assert "\x1b" not in answer_text(answer(evil), 80, PLAIN)


def test_each_path_is_listed_once_best_first() -> None:
    """For --files-only."""
    assert answer(hit("x", path="b"), hit("y", path="a"), hit("z", path="b")).paths == [
        "b",
        "a",
    ]


@pytest.mark.parametrize("heading", ["## B", "B", "B\n===", "== B", "## B ##"])
def test_a_heading_is_printed_once(heading: str) -> None:
    """It stands above the passage already."""
    text = answer_text(answer(hit(f"{heading}\n\nTwo there.")), 80, PLAIN)
    assert text == "1. 0.90 strong a.md:3-4  A › B\n   Two there."


def test_rows_that_are_too_wide_are_wrapped_as_one_paragraph() -> None:
    """A short rest of a row is not left alone, and a list keeps its rows."""
    rows = ("word " * 12).strip() + "\n" + ("more " * 3).strip() + "\n\n- one\n- two"
    text = answer_text(answer(hit(rows)), 50, PLAIN, is_full=True)
    assert [row.strip() for row in text.split("\n")[1:]] == [
        "word word word word word word word word word",
        "word word word more more more",
        "",
        "- one",
        "- two",
    ]


@given(
    words=st.lists(st.sampled_from(("bee", "**bee**", "**bee", "bee**", "*", "a.", "\n"))),
    start=st.integers(0, 30),
    size=st.integers(0, 30),
)
def test_marking_makes_no_four_asterisks(words: list[str], start: int, size: int) -> None:
    """Bold letters of a document and the mark do not run together."""
    text = " ".join(["It", *words])
    marked = (min(start, len(text)), min(start + size, len(text)))
    assert "****" not in answer_text(answer(hit(text, marked)), 80, PLAIN)


def test_a_mark_in_bold_letters_is_one_mark() -> None:
    """The document's own asterisks go."""
    text = answer_text(answer(hit("A **bee.** It swarms.", (2, 10))), 80, PLAIN)
    assert text.endswith("\n   A **bee.** It swarms.")

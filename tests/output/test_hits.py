"""Hits as text."""

from pathlib import Path

import pytest

from semsearch.output.hits import answer_text, citation, hit_paths
from semsearch.output.terminal import Style
from semsearch.passages import Location
from semsearch.searching import Answer, Hit

PLAIN = Style(is_on=False)


def answer(*hits: Hit) -> Answer:
    """An answer with these hits."""
    return Answer("q", Path("i"), Path("c"), 1, "e:m", hits, ())


def hit(text: str, marked: tuple[int, int] | None = None, path: str = "a.md") -> Hit:
    """A hit on lines 3 and 4."""
    return Hit(1, 0.5, Location(path, (3, 4), None, ("A", "B")), text, "00", marked)


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
    assert text == "1. 0.500 a.md:3-4  A › B\n   One here.\n   **Two there.**"


def test_a_trail_that_does_not_fit_has_lines_of_its_own() -> None:
    """Indented as the passage is."""
    deep = Hit(1, 0.5, Location("a.md", (1, 1), None, ("One " * 5, "Two " * 5)), "x", "00")
    rows = answer_text(answer(deep), 30, PLAIN).split("\n")
    assert rows[0] == "1. 0.500 a.md:1"
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


def test_a_passage_cannot_act_on_the_terminal() -> None:
    """Escapes in documents and headings are replaced."""
    evil = Hit(1, 0.5, Location("a", (1, 1), None, ("\x1b[31m",)), "x\x1b]52;c;\x07y", "00", (0, 3))
    assert "\x1b" not in answer_text(answer(evil), 80, PLAIN)


def test_each_path_is_listed_once_best_first() -> None:
    """For --files-only."""
    assert hit_paths(answer(hit("x", path="b"), hit("y", path="a"), hit("z", path="b"))) == [
        "b",
        "a",
    ]

"""A matrix of similarities for a person."""

import re

import numpy as np

from semsearch.cli.render.similarities import similarities_text
from semsearch.cli.render.terminal import Style
from semsearch.insights.similarity import Similarities

MATRIX = np.array([[1, 0.5, 0], [0.5, 1, 0.25], [0, 0.25, 1]], dtype=np.float32)
FOUND = Similarities("test:words", 64, ("a", "b\x1b[2J", "c"), MATRIX, ())
PLAIN = """\
test:words, 64 dimensions

1  a
2  b\ufffd[2J
3  c

            1       2       3
    1   1.000   0.500   0.000
    2   0.500   1.000   0.250
    3   0.000   0.250   1.000"""


def without_colours(text: str) -> str:
    """What stays where colours are taken out."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_without_colours_it_is_a_table() -> None:
    """However narrow; a text cannot act on the terminal."""
    assert similarities_text(FOUND, 80, Style(False)) == PLAIN
    assert similarities_text(FOUND, 10, Style(False)) == PLAIN


def test_with_colours_the_same_table_is_a_heat_map() -> None:
    """The least similar pair is dark, the most similar bright, with letters that can be read."""
    shown = similarities_text(FOUND, 80, Style(True))
    assert without_colours(shown) == PLAIN
    grounds = re.findall(r"\x1b\[(\d+);48;5;(\d+)m +(\d\.\d+)", shown)
    assert grounds[0] == ("30", "227", "1.000")
    assert grounds[2] == ("97", "17", "0.000")
    assert len({ground for _, ground, _ in grounds}) == 4


def test_a_heat_map_too_wide_for_numbers_has_a_scale() -> None:
    """Two columns for each text, and what dark and bright stand for."""
    *_, first, second, third, blank, scale = similarities_text(FOUND, 28, Style(True)).splitlines()
    assert [without_colours(line) for line in (first, second, third, blank)] == [
        "    1       ", "    2       ", "    3       ", "",
    ]  # fmt: skip
    assert without_colours(scale) == f"0.000 {' ' * 22} 1.000"


def test_texts_that_are_all_the_same_are_no_division_by_zero() -> None:
    """All of them are as dark as can be."""
    same = Similarities("test:words", 64, ("a", "a"), np.ones((2, 2), dtype=np.float32), ())
    assert "48;5;17m" in similarities_text(same, 80, Style(True))

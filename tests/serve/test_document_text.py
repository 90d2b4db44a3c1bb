"""Rows and extracts: what is marked, numbered and cut."""

from pathlib import Path

import pytest

from semsearch.documents.passage import Location
from semsearch.query.citation import Standing
from semsearch.query.passage_context import Row, Shown
from semsearch.serve.document_text import has_all_rows, shown_rows
from semsearch.serve.hit_view import extract, place_in_words
from semsearch.serve.search_page import Address


def rows_of(*texts: str, cited: range, place: str | None = None) -> tuple[Row, ...]:
    """Rows of a document, some of which a citation names."""
    return tuple(Row(text, at + 1, None, place, at in cited) for at, text in enumerate(texts))


def shown(rows: tuple[Row, ...]) -> Shown:
    """A shown place with these rows."""
    return Shown(Path("notes"), Location("a.md", (1, 2), None, ()), Standing.EXACT, rows)


def marked(rows: tuple[Row, ...], sentence: str) -> list[str]:
    """What is marked, row by row."""
    found = shown_rows(shown(rows), sentence)
    return ["".join(one.text for one in row.pieces if one.is_marked) for row in found]


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Two three.", ["", "Two three.", ""]),
        ("Two  three.", ["", "Two three.", ""]),
        ("three. Four\nfive", ["", "three.", "Four five"]),
        ("One", ["", "", ""]),  # it stands outside of the citation
        ("nowhere", ["", "", ""]),
        ("", ["", "", ""]),
    ],
)
def test_a_sentence_is_marked_within_the_cited_rows(sentence: str, parts: list[str]) -> None:
    """Whatever blanks are between its words, also over the end of a row."""
    rows = rows_of("One One", "Two three.", "Four five six", cited=range(1, 3))
    assert marked(rows, sentence) == parts


def test_what_could_deceive_is_not_shown() -> None:
    """Controls and letters that turn the direction of others are replaced, after the marking."""
    rows = rows_of("a\u202eb said so", cited=range(1))
    (row,) = shown_rows(shown(rows), "a\u202eb")
    assert [(one.text, one.is_marked) for one in row.pieces] == [
        ("a\ufffdb", True), (" said so", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "begins", "number"),
    [
        (Row("x", 7, None, None, is_cited=False), None, 7),
        (Row("x", None, 3, "p.iv line 9", is_cited=False), "p.iv", 9),
        (Row("x", None, 3, None, is_cited=False), "page 3", None),
        (Row("x", None, 2, "slide 2", is_cited=False), "slide 2", None),
        (
            Row("x", None, None, "sheet Costs in May row 12", is_cited=False),
            "sheet Costs in May",
            12,
        ),
        (Row("x", 4, None, "00:01:10", is_cited=False), "00:01:10", 4),
    ],
)
def test_a_row_says_where_it_is(row: Row, begins: str | None, number: int | None) -> None:
    """Its page, slide, sheet or time once, where that begins, and its number there."""
    first, second = shown_rows(shown((row, row)), None)
    assert (first.begins, first.number) == (begins, number)
    assert (second.begins, second.number) == (None, number)


def test_all_rows_are_there_where_fewer_came_than_were_asked_for() -> None:
    """On both sides."""
    texts = [str(at) for at in range(10)]
    rows = rows_of(*texts, cited=range(4, 6))
    assert has_all_rows(rows, 5)
    assert not has_all_rows(rows, 4)


def test_an_extract_has_the_sentence_whole_and_words_uncut() -> None:
    """However long it is; dots say where something is left out."""
    text = "word " * 100 + "The best sentence. " + "other " * 100
    start = text.index("The best")
    pieces = extract(text, start, start + 18)
    assert [one.text for one in pieces if one.is_marked] == ["The best sentence."]
    shown_text = "".join(one.text for one in pieces)
    assert shown_text.startswith("… word") and shown_text.endswith("other …")
    assert set(shown_text.split()) == {"…", "word", "The", "best", "sentence.", "other"}
    long = "x" * 2000
    assert "".join(one.text for one in extract(long, 0, 2000)) == long
    assert "".join(one.text for one in extract("## Head\n\nBody text", 0, 0)) == "Head Body text"


def test_places_are_told_in_words() -> None:
    """Lines by that word, all others as they are cited."""
    assert place_in_words(Location("a:b.md", (3, 3), None, ())) == "line 3"
    assert place_in_words(Location("a.pdf", None, (3, 4), ())) == "p.3-4"
    assert place_in_words(Location("a.pptx", None, (2, 2), (), "slide 2")) == "slide 2"
    assert place_in_words(Location("a.txt", None, None, ())) == ""


def test_an_address_keeps_what_is_searched_for() -> None:
    """A question comes before a passage; what of a document is shown is no part of it."""
    values = [("q", "a b"), ("like", "x.md:1"), ("index", "home"), ("hit", "3"), ("type", "")]
    assert Address.of(values).with_(hit=2) == "q=a+b&hit=2"
    assert Address.of([("q", "a"), ("index", "home")]).with_(q=None) == "index=home"
    assert Address.of([("token", "secret"), ("type", "pdf")]).with_() == "type=pdf"

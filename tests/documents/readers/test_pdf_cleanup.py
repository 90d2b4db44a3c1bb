"""Cleanup of PDF text."""

import pytest

from semsearch.documents.readers.pdf_cleanup import mended, without_furniture


def page(number: int, text: str) -> str:
    """A page with header and footer."""
    return f"Report 2024\n\n{text}\nmore of {text}\nend of {text}\n\nPage {number} of 9"


def test_rows_of_every_page_are_read_once() -> None:
    """On the first page that has them; numbers of pages are no text."""
    pages = without_furniture([page(n, text) for n, text in enumerate(("a", "b", "c"), start=1)])
    assert pages[0] == "Report 2024\n\na\nmore of a\nend of a\n\n"
    assert pages[1] == "\n\nb\nmore of b\nend of b\n\n"


def test_rows_whose_numbers_tell_something_stay() -> None:
    """A number that grows with the pages is taken for theirs, another one is none."""
    made = [
        f"Account {number} sheet {at}\n\na{at}\nb\nc\nd"
        for at, number in enumerate((17, 17, 90, 17), start=3)
    ]
    first = [text.split("\n")[0] for text in without_furniture(made)]
    assert first == ["Account 17 sheet 3", "", "Account 90 sheet 5", ""]


def test_rows_of_a_few_pages_stay() -> None:
    """Rows stay in documents of two pages, and on pages without other text."""
    assert without_furniture(["Top\na", "Top\nb"]) == ["Top\na", "Top\nb"]
    assert without_furniture(["Top\na\nb\nc", "Top\nd\ne\nf", "Top"])[2] == "Top"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("the harb-\nour is full", "the harbour\nis full"),
        ("the harb\u00ad\nour, too", "the harbour,\ntoo"),
        ("a soft\u00adhyphen", "a softhyphen"),
        ("a well-\nknown man", "a wellknown\nman"),
        ("a well-\nknown man, well-known", "a well-known\nman, well-known"),
        ("Jean-\nPaul came", "Jean-\nPaul came"),
        ("pages 3-\n5 and", "pages 3-\n5 and"),
        ("the harb-\nour", "the\nharbour"),
        ("the com-\nmuni-\ncation ends", "the\ncommunication\nends"),
        ("a\nvil-\nlage", "a\n\u200b\nvillage"),
    ],
)
def test_words_that_a_line_cuts_are_whole(before: str, after: str) -> None:
    """Hyphenated words are joined on one line; real hyphens stay."""
    assert mended([before]) == [after]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["the harb-\n", "\nour is full"], ["the harbour\n", "\nis full"]),
        (["the harb-", "our"], ["the", "harbour"]),
        (["the harb-", "", "our is full"], ["the harb-", "", "our is full"]),
        (["the harb-", "Our house"], ["the harb-", "Our house"]),
    ],
)
def test_words_that_a_page_cuts_are_whole(before: list[str], after: list[str]) -> None:
    """The rest of a word is put to its beginning on the page before; an empty page divides."""
    assert mended(before) == after

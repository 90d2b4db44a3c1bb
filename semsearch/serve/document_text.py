"""A document as rows of text, with what a citation names and its best sentence marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.documents.text.printable import printable
from semsearch.query.passage_context import Row, Shown

_NUMBERED: Final = re.compile(r"(.*\S) (?:line|row) (\d+)", re.DOTALL)  # in places

AROUND: Final = 150  # rows before and behind a citation, until the whole document is asked for


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a row, in the marked sentence or not."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a document; ``begins`` is what begins with it: a page, a slide, a sheet.

    ``number`` is that of its line, on its page where there are pages, or of its row in a sheet.
    """

    number: int | None
    begins: str | None
    pieces: tuple[Piece, ...]
    is_cited: bool
    is_first_cited: bool


def has_all_rows(rows: Sequence[Row], around: int) -> bool:
    """Whether ``around`` rows on each side of a citation are those of the whole document."""
    cited = [at for at, row in enumerate(rows) if row.is_cited]
    return not cited or (cited[0] < around and len(rows) - 1 - cited[-1] < around)


def shown_rows(shown: Shown, sentence: str | None) -> tuple[ShownRow, ...]:
    """The rows, with the sentence marked where the cited rows have it."""
    marked = _marked_spans(shown.rows, sentence or "")
    return tuple(_numbered(shown.rows, marked))


def _numbered(rows: Sequence[Row], marked: dict[int, tuple[int, int]]) -> Iterator[ShownRow]:
    before: str | None = None
    has_cited = False
    for at, row in enumerate(rows):
        part, number = _part_and_number(row)
        is_first = row.is_cited and not has_cited
        has_cited = has_cited or row.is_cited
        yield ShownRow(
            number,
            part if part != before else None,
            _pieces(row.text, marked.get(at)),
            row.is_cited,
            is_first,
        )
        before = part


def _part_and_number(row: Row) -> tuple[str | None, int | None]:
    """The page, slide or sheet that a row is in, and its number there."""
    if (found := _NUMBERED.fullmatch(row.place or "")) is not None:
        return found[1], int(found[2])
    if row.place is None and row.page is not None:
        return f"page {row.page}", None
    return row.place, row.line


def _pieces(text: str, span: tuple[int, int] | None) -> tuple[Piece, ...]:
    if span is None:
        return (Piece(printable(text), is_marked=False),)
    start, end = span
    parts = ((text[:start], False), (text[start:end], True), (text[end:], False))
    return tuple(Piece(printable(part), is_marked) for part, is_marked in parts if part)


def _marked_spans(rows: Sequence[Row], sentence: str) -> dict[int, tuple[int, int]]:
    """The span of the sentence in each cited row that has a part of it, by the row's position.

    Blanks are not compared: a passage may have others than the rows that it is made of.
    """
    letters: list[str] = []
    places: list[tuple[int, int]] = []  # of each letter: its row, its position there
    for at, row in enumerate(rows):
        if row.is_cited:
            kept = [
                (place, letter) for place, letter in enumerate(row.text) if not letter.isspace()
            ]
            letters += (letter for _, letter in kept)
            places += ((at, place) for place, _ in kept)
    wanted = "".join(sentence.split())
    start = "".join(letters).find(wanted)
    if start < 0 or not wanted:
        return {}
    spans: dict[int, tuple[int, int]] = {}
    for at, place in places[start : start + len(wanted)]:
        first, _ = spans.get(at, (place, place))
        spans[at] = (first, place + 1)
    return spans

"""The text of a page; two columns that were written row by row are read column by column."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from semsearch.documents.readers.pdf_fragments import Fragment
from semsearch.documents.readers.pdf_rows import Row, text_of

_LEAST_ROWS: Final = 6  # rows with text in both columns
_SHARE: Final = 0.6  # share of the two-piece rows whose second piece starts at the column
_LEAST_WIDTH: Final = 20  # mean length of pieces in characters: prose, no table
_FLOWING: Final = 0.4  # share of rows that begin in lower case, as in running text
_NEAR: Final = 3.0  # points
_COLUMN_GAP: Final = 1.0  # em
_LETTER: Final = 0.4  # least mean width of a letter, in font sizes


class Piece(NamedTuple):
    """A piece of text on a page: its position in points from the left and bottom, and its size."""

    text: str
    x: float
    y: float
    size: float


@dataclass(slots=True)
class _Line:
    """The pieces that were written one after another at one height."""

    y: float
    pieces: list[Piece] = field(default_factory=list)


def text_of_rows(rows: Sequence[Row]) -> str:
    """Return the text of a page in reading order, a row on each line."""
    return _in_columns(_pieces(rows)) or "\n".join(row.text for row in rows)


def _in_columns(pieces: Iterable[Piece]) -> str | None:
    """Return the text column by column, where rows span two columns; None for any other page.

    A table of two columns stays as it is: its cells are short, or begin with capitals.
    """
    rows = _rows(pieces)
    right = _right_edge(rows)
    if right is None:
        return None
    both = [(_text(row, -1e9, right), _text(row, right, 1e9)) for row in rows]
    paired = [pair for pair in both if all(pair)]
    if len(paired) < _LEAST_ROWS or not all(map(_is_prose, zip(*paired, strict=True))):
        return None
    done: list[str] = []
    columns: tuple[list[str], list[str]] = ([], [])
    for row, pair in zip(rows, both, strict=True):
        if _goes_across(row, right):
            done += [*columns[0], *columns[1], "".join(p.text for p in row.pieces).strip()]
            columns = ([], [])
        else:
            for column, text in zip(columns, pair, strict=True):
                column += [text] if text else []
    return "\n".join([*done, *columns[0], *columns[1]])


def _rows(pieces: Iterable[Piece]) -> list[_Line]:
    rows: list[_Line] = []
    for piece in pieces:
        if not rows or abs(rows[-1].y - piece.y) > _NEAR:
            rows.append(_Line(piece.y))
        rows[-1].pieces.append(piece)
    return rows


def _right_edge(rows: Sequence[_Line]) -> float | None:
    """The left edge of the second column, if most rows of several pieces have one there."""
    several = [row for row in rows if len(row.pieces) > 1]
    if len(several) < _LEAST_ROWS:
        return None
    left = min(piece.x for row in several for piece in row.pieces)
    starts = Counter(
        round(x / _NEAR)
        for row in several
        for x in {piece.x for piece in row.pieces}
        if x > left + _LEAST_WIDTH * _NEAR
    )
    place, count = max(starts.items(), key=lambda item: item[1], default=(0, 0))
    return (place - 1) * _NEAR if count >= _SHARE * len(several) else None


def _text(row: _Line, first: float, last: float) -> str:
    return "".join(piece.text for piece in row.pieces if first <= piece.x < last).strip()


def _is_prose(rows: Sequence[str]) -> bool:
    small = sum(row[0].islower() for row in rows)
    return sum(map(len, rows)) >= _LEAST_WIDTH * len(rows) and small >= _FLOWING * len(rows)


def _goes_across(row: _Line, right: float) -> bool:
    """Whether a row of one piece, such as a title, spans both columns."""
    first = row.pieces[0]
    end = first.x + len(first.text.strip()) * first.size * _LETTER
    return len(row.pieces) == 1 and first.x < right < end


def _pieces(rows: Sequence[Row]) -> Iterator[Piece]:
    """The rows cut at gaps that a column may end at."""
    for row in rows:
        cell: list[Fragment] = []
        for fragment in row.fragments:
            if cell and abs(fragment.left - cell[-1].right) > _COLUMN_GAP * fragment.em:
                yield _piece(cell)
                cell = []
            cell.append(fragment)
        yield _piece(cell)


def _piece(cell: Sequence[Fragment]) -> Piece:
    first = cell[0]
    return Piece(f"{text_of(cell)} ", first.left, first.base, first.em)

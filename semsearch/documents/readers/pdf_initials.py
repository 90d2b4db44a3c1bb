"""Large initials of a text, which stand beside several of its rows, put before the first."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from semsearch.documents.readers.pdf_fragments import Fragment
from semsearch.documents.readers.pdf_rows import Row

_LARGER: Final = 1.8  # times the size of the text beside it, at the least
_FARTHEST: Final = 1.5  # em of the text between the initial and a row beside it
_OVERLAP: Final = 0.3
_LEAST_BESIDE: Final = 2  # rows
_OPENING: Final = "\"'“‘«„‚([¿¡"


def put_initials(rows: list[Row]) -> None:
    """Put each large letter that stands by itself before the first of the rows beside it."""
    usual = median(row.fragments[0].em for row in rows) if rows else 0
    for row in [row for row in rows if _is_letter(row.fragments)]:
        initial = row.fragments[0]
        if initial.em < _LARGER * usual:
            continue
        beside = [other for other in rows if other is not row and _is_beside(initial, other)]
        if len(beside) < _LEAST_BESIDE:
            continue
        first = max(beside, key=lambda other: other.fragments[0].base)
        start = first.fragments[0]
        text = initial.text.strip() + start.text
        first.fragments[0] = start._replace(text=text, left=initial.left)
        rows.remove(row)


def _is_letter(fragments: Sequence[Fragment]) -> bool:
    letter = fragments[0].text.strip().lstrip(_OPENING)
    return len(fragments) == 1 and len(letter) == 1 and letter.isalpha()


def _is_beside(initial: Fragment, row: Row) -> bool:
    """Whether a row of smaller text begins right of a large letter, at its height."""
    start = row.fragments[0]
    gap = (start.left - initial.right) / start.em
    return (
        start.turn == initial.turn
        and initial.em >= _LARGER * start.em
        and -_OVERLAP <= gap <= _FARTHEST
        and initial.base - _OVERLAP * start.em <= start.base <= initial.base + initial.em
    )

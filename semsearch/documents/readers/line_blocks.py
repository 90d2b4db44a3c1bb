"""Plain text with markup to blocks: every row of the source is in exactly one block."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import HeadingTrail


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows up to ``end`` (exclusive) as one block; ``level`` and ``title`` are a heading's."""

    kind: BlockKind
    end: int
    level: int = 0
    title: str = ""


def read_lines(text: str, piece_at: Callable[[Sequence[str], int], Piece]) -> Document:
    """Cut a text into the pieces that ``piece_at`` finds, each at a row that is not blank."""
    rows = text.split("\n")
    trail = HeadingTrail()
    blocks = []
    at = 0
    while at < len(rows):
        if not rows[at].strip():
            at += 1
            continue
        piece = piece_at(rows, at)
        if piece.kind is BlockKind.HEADING:
            trail.enter(piece.level, " ".join(piece.title.split()))
        end = piece.end
        while not rows[end - 1].strip():
            end -= 1
        lines = range(at + 1, end + 1)
        blocks.append(Block(piece.kind, "\n".join(rows[at:end]), lines, headings=trail.titles))
        at = piece.end
    return Document(tuple(blocks))


def end_of_paragraph(
    rows: Sequence[str], at: int, begins_another: Callable[[str], object] | None = None
) -> int:
    """Return the first blank row after a paragraph, or the end.

    With ``begins_another`` a row for which it is true ends the paragraph, too.
    """
    for end in range(at + 1, len(rows)):
        if not rows[end].strip() or (begins_another is not None and begins_another(rows[end])):
            return end
    return len(rows)


def end_of_indented(rows: Sequence[str], at: int) -> int:
    """Return the end of the indented or blank rows after the row at ``at``."""
    end = next(
        (n for n in range(at + 1, len(rows)) if rows[n].strip() and rows[n][:1] not in " \t"),
        len(rows),
    )
    while end > at + 1 and not rows[end - 1].strip():
        end -= 1
    return end


class Fences:
    """The rows of a text that end a block, by the mark that they end; looked for once."""

    def __init__(self, ended_by: Callable[[str], Iterable[str]]) -> None:
        self._ended_by = ended_by
        self._ends: dict[str, list[int]] | None = None

    def end(self, rows: Sequence[str], at: int, mark: str) -> int:
        """Return the row behind the block that begins at a row.

        Where no row below ends it, that is the end of the paragraph.
        """
        if self._ends is None:
            self._ends = {}
            for number, row in enumerate(rows):
                for ended in self._ended_by(row):
                    self._ends.setdefault(ended, []).append(number)
        ends = self._ends.get(mark, [])
        below = bisect_right(ends, at)
        return ends[below] + 1 if below < len(ends) else end_of_paragraph(rows, at)

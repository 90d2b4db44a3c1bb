"""A sheet of a spreadsheet to one block: its rows with column names, notes and drawings between."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from semsearch.documents.document import Block, BlockKind
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.table_rows import SAMPLE, cells_text, head_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_NO_ROW: Final = 1 << 31  # behind the last row
_MOST_NAMED: Final = 5  # cells without a result that a reason names
_LONGEST_FORMULA: Final = 500  # characters
MOST_CELLS: Final = 20_000_000  # cells with a text, per sheet


class Row(NamedTuple):
    """A row that is shown: its number from 1, and the texts of its cells by column, from 0.

    It may stand for several that are equal, up to ``last``.
    """

    number: int
    cells: dict[int, str]
    last: int = 0

    @property
    def end(self) -> int:
        """The number of the last row that it stands for."""
        return max(self.number, self.last)


class NamedRange(NamedTuple):
    """A range that the file names as a table: its rows, and its columns' names, by column."""

    rows: range
    names: dict[int, str]


@dataclass(slots=True)
class Sheet:
    """What a sheet shows; ``beside`` are the notes, text boxes and charts, each at its row."""

    name: str
    rows: list[Row] = field(default_factory=list)
    beside: list[tuple[int, str]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    tables: list[NamedRange] = field(default_factory=list)
    cells: int = 0

    def add(self, row: Row) -> None:
        """Add the next row; raises ``DocumentUnreadable`` for too many cells."""
        self.cells += len(row.cells)
        if self.cells > MOST_CELLS:
            raise DocumentUnreadable(
                ReasonCode.TOO_MANY_CELLS,
                f"its sheet {self.name} has more than {MOST_CELLS:,} cells",
            )
        if any(map(str.strip, row.cells.values())):
            self.rows.append(row)

    def blocks(self, page: str = "") -> Iterator[Block]:
        """Yield the sheet as one block; ``page`` is the text around each printed page."""
        shown = [(row.number, row.end, text) for row, text in self._table_rows()]
        shown += [(number, number, _tidy(text)) for number, text in self.beside]
        shown = [one for one in shown if one[2]]
        # A note stays behind its row; what has no row comes last.
        shown.sort(key=lambda one: one[0] or _NO_ROW)
        name = _tidy(self.name)
        if shown:
            yield Block(
                BlockKind.TABLE,
                "\n".join([text for _, _, text in shown]),
                [max(first, 1) for first, _, _ in shown],
                headings=(name,),
                places=[self._place(name, first, last) for first, last, _ in shown],
            )
        if page := _tidy(page):
            place = [f"sheet {name} header or footer"]
            yield Block(BlockKind.PARAGRAPH, page, [1], headings=(name, "Page"), places=place)

    def _place(self, name: str, first: int, last: int) -> str:
        if first:
            return f"sheet {name} row {first}" + (f"-{last}" if last > first else "")
        return f"sheet {name} drawing" if self.rows else f"sheet {name}"  # a chart as a sheet

    def _table_rows(self) -> Iterator[tuple[Row, str]]:
        """The rows, each value after the name of its column."""
        names: dict[int, str] = {}
        for at, table in enumerate(self._tables()):
            columns = sorted({column for row in table[:SAMPLE] for column in row.cells})
            sample = [[row.cells.get(column, "") for column in columns] for row in table[:SAMPLE]]
            head = head_of(sample, is_first=at == 0 or not names)
            if head is not None:
                names = dict(zip(columns, head.names, strict=True))
            begins = 0 if head is None else _number_at(table, head.rows)
            for row in table:
                of_row = self._named(row.number, names if row.number >= begins else {})
                cells = (
                    (of_row.get(column, ""), text) for column, text in sorted(row.cells.items())
                )
                yield row, _tidy(cells_text(cells, "; " if of_row else " | "))

    def _named(self, number: int, names: dict[int, str]) -> dict[int, str]:
        """The columns' names for a row, which are a table's own within it."""
        for table in self.tables:
            if number in table.rows:
                is_below = number > table.rows.start
                names = {**names, **(table.names if is_below else dict.fromkeys(table.names, ""))}
        return names if any(names.values()) else {}

    def _tables(self) -> Iterator[list[Row]]:
        """Runs of rows that no blank row divides; a title above a table belongs to it."""
        table: list[Row] = []
        is_title = True  # each row of the table has one cell
        for row in self.rows:
            if not is_title and self._is_gap(table[-1].end, row.number):
                yield table
                table, is_title = [], True
            table.append(row)
            is_title = is_title and len(row.cells) == 1
        if table:
            yield table

    def _is_gap(self, above: int, below: int) -> bool:
        return any(number not in self.hidden_rows for number in range(above + 1, below))


def _number_at(table: Sequence[Row], at: int) -> int:
    """The number of the first row below the names."""
    return table[at].number if at < len(table) else table[-1].number + 1


def _tidy(text: str) -> str:
    return " ".join(without_surrogates(text.replace("\0", "")).split())


@lru_cache(maxsize=1_000)
def column_of(letters: str) -> int:
    """The number of a column from 0, by its letters.

    >>> column_of("A"), column_of("XFD")
    (0, 16383)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_name(row: int, column: int) -> str:
    """The name of a cell.

    >>> cell_name(4, 2), cell_name(1, 26)
    ('C4', 'AA1')
    """
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


def formula_text(formula: str) -> str:
    """Return a formula whose result is missing, in the place of it."""
    return f"={formula[:_LONGEST_FORMULA].lstrip('=')}" if formula.strip() else ""


def uncalculated(cells: Iterable[str]) -> str:
    """Words for cells whose formula has no stored result."""
    named = list(cells)
    listed = ", ".join(named[:_MOST_NAMED]) + (", …" if len(named) > _MOST_NAMED else "")
    count = "1 formula has" if len(named) == 1 else f"{len(named):,} formulas have"
    return f"{count} no stored result ({listed})"

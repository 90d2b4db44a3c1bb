"""Spreadsheets (XLSX, XLS, ODS) to blocks, sheet by sheet; the only door to calamine."""

import io
from collections.abc import Iterator
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.table_rows import column_names, row_text
from semsearch.documents.readers.zip_package import Package
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_ZIP: Final = b"PK"
_MOST_CELLS: Final = 20_000_000  # cells per sheet, blank cells included


def read_sheets(data: bytes) -> Document:
    """Read the rows of each sheet with the names of their columns; a formula as its last result."""
    title = None
    if data.startswith(_ZIP):
        title = Package(data).title()  # refuses packages that unpack to too much
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        blocks = tuple(block for name in book.sheet_names for block in _blocks(book, name))
    except PasswordError as error:
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected spreadsheet") from error
    except CalamineError as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged spreadsheet: {error}") from error
    return Document(blocks, has_lines=False, title=title)


def _blocks(book: CalamineWorkbook, name: str) -> Iterator[Block]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > _MOST_CELLS:
        raise DocumentUnreadable(
            ReasonCode.TOO_MANY_CELLS, f"its sheet {name} has more than {_MOST_CELLS:,} cells"
        )
    first = (sheet.start or (0, 0))[0] + 1
    names = None
    rows: list[str] = []
    numbers: list[int] = []
    for number, row in enumerate(sheet.to_python(skip_empty_area=True), start=first):
        cells = [_text(value) for value in row]
        shown = row_text(names, cells)
        if not rows and shown:
            names = column_names(cells)
        if shown:
            rows.append(shown)
            numbers.append(number)
    if rows:
        places = [f"sheet {name} row {number}" for number in numbers]
        text = "\n".join(rows).replace("\0", "")
        yield Block(BlockKind.TABLE, text, numbers, headings=(name,), places=places)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

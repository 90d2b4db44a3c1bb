"""Spreadsheets in binary formats: XLS by xlrd, XLSB by calamine; the only door to both."""

import io
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

import xlrd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum
from xlrd.sheet import Cell

from semsearch.documents.document import Document
from semsearch.documents.readers.number_format import code_of, formatted, formatted_text, general
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.ooxml import OfficePackage
from semsearch.documents.readers.sheet import Row, Sheet, cell_name
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.readers.xls_drawing import (
    SheetTexts,
    graph_texts,
    object_texts,
    sheet_texts,
)
from semsearch.documents.readers.xlsb_drawing import sheets_beside
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_ZIP: Final = b"PK"
_BESIDE: Final = "text boxes and charts"
_BLANK: Final = (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
_LOCAL: Final = (14, 22, *range(27, 37), *range(50, 59))  # formats that differ from place to place
_STREAMS: Final = ("Workbook", "Book")  # since Excel 97; before
_SHOWN: Final = 0  # visibility of a sheet


def read_binary_sheets(data: bytes) -> Document:
    """Read the rows of each sheet with the names of their columns; hidden ones are left out."""
    unread = UnreadParts()
    package: OfficePackage | None = None
    if data.startswith(_ZIP):
        package = OfficePackage(data)  # refuses packages that unpack to too much
        title = package.title()
        sheets = _plain_sheets(data, _texts_beside(package))
    else:
        title = None
        sheets = _old_sheets(data, unread)
    blocks = tuple(block for sheet, page in sheets for block in sheet.blocks(page))
    reason = unread.reason if package is None else package.fault
    return Document(blocks, has_lines=False, title=title, unread=reason)


def _texts_beside(package: OfficePackage) -> dict[str, tuple[list[tuple[int, str]], str]]:
    """What stands beside the cells of each sheet, and the words of its pages."""
    found: dict[str, tuple[list[tuple[int, str]], str]] = {}
    try:
        for name, texts, page in sheets_beside(package):
            found[name] = (texts, page)
    except (struct.error, DocumentUnreadable):  # the cells can be read
        package.objects.add_failure(_BESIDE, _damaged())
    return found


def _damaged() -> DocumentUnreadable:
    return DocumentUnreadable(ReasonCode.DAMAGED, "damaged")


def read_xls_streams(streams: OleStreams) -> Document:
    """Read a workbook by its streams, as ``read_binary_sheets`` does."""
    unread = UnreadParts()
    stream = _stream(streams)
    graph = graph_texts(stream)
    if graph is not None:
        found = Sheet("", beside=[(0, text) for text in graph])
        return Document(tuple(found.blocks()), has_lines=False)
    sheets = _with_drawings(_book(stream), _sheet_texts(stream, unread), streams, unread)
    blocks = tuple(block for sheet, page in sheets for block in sheet.blocks(page))
    return Document(blocks, has_lines=False, unread=unread.reason)


def _old_sheets(data: bytes, unread: UnreadParts) -> Iterator[tuple[Sheet, str]]:
    """The sheets of an XLS file that are shown; values only, where xlrd cannot read it."""
    stream = b""
    try:
        # olefile finds the stream: xlrd goes round for ever in sectors that lead to themselves.
        streams = OleStreams(data)
        stream = _stream(streams)
        book = _book(stream)
    except Exception as error:  # also AssertionError, struct.error, IndexError
        if isinstance(error, xlrd.XLRDError) and "encrypted" in str(error).lower():
            detail = "password-protected spreadsheet"
            raise DocumentUnreadable(ReasonCode.PASSWORD, detail) from error
        texts = _sheet_texts(stream, unread)
        return _plain_sheets(data, {one.name: (one.beside, one.page) for one in texts})
    return _with_drawings(book, _sheet_texts(stream, unread), streams, unread)


def _sheet_texts(stream: bytes, unread: UnreadParts) -> list[SheetTexts]:
    found: list[SheetTexts] = []
    try:
        for texts in sheet_texts(stream):
            found.append(texts)  # those before a damaged one stay
    except struct.error:  # the cells can be read
        unread.add_failure(_BESIDE, _damaged())
    return found


def _stream(streams: OleStreams) -> bytes:
    name = next((name for name in _STREAMS if streams.has(name)), _STREAMS[0])
    return streams.stream(name)


def _book(stream: bytes) -> xlrd.Book:
    return xlrd.open_workbook(
        file_contents=stream,
        formatting_info=True,
        ragged_rows=True,
        logfile=io.StringIO(),
        ignore_workbook_corruption=True,
    )


def _with_drawings(
    book: xlrd.Book, of_sheets: Iterable[SheetTexts], streams: OleStreams, unread: UnreadParts
) -> Iterator[tuple[Sheet, str]]:
    """The sheets with what stands beside their cells, and those that are charts."""
    sheets = {sheet.name: sheet for sheet in book.sheets()}
    objects = object_texts(streams, unread)
    for texts in of_sheets:
        cells = sheets.pop(texts.name, None)
        if not texts.is_shown or (cells is None and not texts.is_chart):
            continue
        found = Sheet(texts.name) if cells is None else _old_sheet(book, cells)
        shown = [*texts.beside, *((row, objects.get(key, "")) for row, key in texts.objects)]
        found.beside += [one for one in shown if one[0] not in found.hidden_rows]
        yield found, texts.page
    for cells in sheets.values():  # behind a damaged one, and of versions before Excel 97
        if cells.visibility == _SHOWN:
            yield _old_sheet(book, cells), ""


def _old_sheet(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Sheet:
    found = Sheet(sheet.name)
    hidden = {at for at, info in sheet.colinfo_map.items() if info.hidden or not info.width}
    covered = {
        (row, column)
        for top, bottom, left, right in sheet.merged_cells
        for row in range(top, min(bottom, sheet.nrows))
        for column in range(left, min(right, sheet.ncols))
        if (row, column) != (top, left)
    }
    for row in range(sheet.nrows):
        info = sheet.rowinfo_map.get(row)
        if info is not None and info.hidden:
            found.hidden_rows.add(row + 1)
            continue
        cells = {
            column: text
            for column, kind in enumerate(sheet.row_types(row))
            if kind not in _BLANK
            and column not in hidden
            and (row, column) not in covered
            and (text := _shown(book, sheet.cell(row, column)))
        }
        found.add(Row(row + 1, cells))
    for (row, column), note in sheet.cell_note_map.items():
        if row + 1 not in found.hidden_rows and column not in hidden and note.text.strip():
            found.beside.append((row + 1, f"note on {cell_name(row + 1, column)}: {note.text}"))
    return found


def _shown(book: xlrd.Book, cell: Cell) -> str:
    """A cell's text as it is shown."""
    code = _code(book, cell.xf_index)
    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return formatted_text(cell.value, code)
        case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
            return formatted(cell.value, code, is_1904=book.datemode == 1)
        case xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    return ""


def _code(book: xlrd.Book, style: int | None) -> str:
    if style is None or style >= len(book.xf_list):
        return "General"
    key = book.xf_list[style].format_key
    found = book.format_map.get(key)
    return code_of(key) if found is None or key in _LOCAL else str(found.format_str)


def _plain_sheets(
    data: bytes, beside: Mapping[str, tuple[list[tuple[int, str]], str]] | None = None
) -> Iterator[tuple[Sheet, str]]:
    """The sheets of a binary file that are shown; numbers are without their formats."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for about in book.sheets_metadata:
            if about.visible is SheetVisibleEnum.Visible:
                found = _plain_sheet(book, about.name)
                texts, page = (beside or {}).get(about.name, ([], ""))
                found.beside += texts
                yield found, page
    except PasswordError as error:
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected spreadsheet") from error
    except CalamineError as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged spreadsheet: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, which is no Exception
            raise
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged spreadsheet: {error}") from error


def _plain_sheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    found = Sheet(name)
    row, column = sheet.start or (0, 0)
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), start=row + 1):
        texts = ((at, _plain(value)) for at, value in enumerate(values, start=column))
        found.add(Row(number, {at: text for at, text in texts if text}))
    return found


def _plain(value: float | str | bool | date | datetime | time | timedelta) -> str:
    """A value without a format, as programs show it."""
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return general(value)
        case timedelta():
            return formatted(value / timedelta(days=1), "[h]:mm:ss")
        case datetime() if value.time() == time():
            return str(value.date())
    return str(value)

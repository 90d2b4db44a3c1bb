"""Workbooks of Office Open XML (ECMA-376, part 1, 18) to sheets, as their cells show them."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.number_format import (
    GENERAL,
    code_of,
    formatted,
    formatted_text,
    general,
)
from semsearch.documents.readers.ooxml import OfficePackage, child_named, nearest
from semsearch.documents.readers.sheet import (
    NamedRange,
    Row,
    Sheet,
    cell_name,
    column_of,
    formula_text,
)
from semsearch.documents.readers.xlsx_drawing import page_text, texts_beside
from semsearch.documents.readers.zip_package import Element, attribute, local, whole
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_USUAL: Final = "xl/workbook.xml"
_CELL: Final = re.compile("[A-Z]{1,3}")
_RANGE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_READINGS: Final = frozenset({"rPh"})
_EXACT: Final = 15  # decimal digits that a stored number has
_ROWS: Final = 1_048_576
_COLUMNS: Final = 16_384
_PARTS: Final = (
    "row",
    "col",
    "mergeCell",
    *(f"{kind}{part}" for kind in ("odd", "even", "first") for part in ("Header", "Footer")),
)


class Workbook:
    """The sheets of a workbook; ``uncalculated`` names formulas without a result, once read."""

    def __init__(self, package: OfficePackage) -> None:
        self._package = package
        self._main = package.main_part(_USUAL)
        self._book = package.xml(self._main)
        properties = next(nearest(self._book, "workbookPr"), None)
        self._is_1904 = properties is not None and _is_true(properties, "date1904")
        calculation = next(nearest(self._book, "calcPr"), None)
        self._is_to_calculate = calculation is not None and _is_true(calculation, "fullCalcOnLoad")
        self._strings = list(self._shared_strings())
        self._codes = list(self._number_formats())
        self._codes_by_style: dict[str, str] = {}
        self.uncalculated: list[str] = []

    def sheets(self) -> Iterator[tuple[Sheet, str]]:
        """Yield the sheets that are shown, each with the text around its printed pages."""
        for element in nearest(self._book, "sheet"):
            part = self._package.related_by(self._main, element)
            if (element.get("state") or "visible") != "visible":
                continue
            name = element.get("name", "")
            try:
                if part is None:
                    raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: no sheet {name}")
                yield self._sheet(name, part)
            except DocumentUnreadable as error:  # the other sheets can be read
                self._package.add_fault(error)

    def _sheet(self, name: str, part: str) -> tuple[Sheet, str]:
        sheet = Sheet(name)
        cells = _Cells(self, sheet)
        pages: list[str] = []
        for element in self._package.elements(part, *_PARTS):
            match local(element.tag):
                case "row":
                    cells.add(element)
                    element.clear()
                case "col":
                    cells.hide_columns(element)
                case "mergeCell":
                    cells.merge(element.get("ref", ""))
                case _:
                    pages.append(page_text(element.text or ""))
        cells.end()
        sheet.tables += self._tables(part)
        shown = texts_beside(self._package, self._main, part)
        sheet.beside += [
            (row, text)
            for row, column, text in shown
            if row not in sheet.hidden_rows and not cells.is_hidden(column)
        ]
        return sheet, " ".join(dict.fromkeys(filter(None, pages)))

    def _tables(self, part: str) -> Iterator[NamedRange]:
        """The ranges of a sheet that are tables with a row of names (18.5.1.2)."""
        for related in self._package.related(part, "table"):
            table = self._package.part(related)
            match = None if table is None else _RANGE.fullmatch(table.get("ref", ""))
            if table is None or match is None or table.get("headerRowCount") == "0":
                continue
            names = (column.get("name", "") for column in nearest(table, "tableColumn"))
            rows = range(int(match[2]), min(int(match[4]), _ROWS) + 1)
            columns = range(column_of(match[1]), column_of(match[3]) + 1)
            yield NamedRange(
                rows,
                {
                    column: " ".join(_unescaped(name).split())
                    for column, name in zip(columns, names, strict=False)
                },
            )

    def _shared_strings(self) -> Iterator[str]:
        for part in self._package.related(self._main, "sharedStrings"):
            for item in self._package.elements(part, "si"):
                yield string_of(item)
                item.clear()

    def _number_formats(self) -> Iterator[str]:
        """The format of each cell style, in order."""
        for part in self._package.related(self._main, "styles"):
            root = self._package.part(part)
            if root is None:
                return
            codes = {e.get("numFmtId"): e.get("formatCode", "") for e in nearest(root, "numFmt")}
            for style in child_named(root, "cellXfs") or ():
                number = style.get("numFmtId") or "0"
                yield codes.get(number) or code_of(whole(number) or 0)

    def text_of(self, cell: Element) -> str | None:
        """Return the text of a cell as it is shown; None for a formula without a result."""
        text, formula, inline = "", None, None
        for child in cell:  # a loop of its own: most of the time is spent here
            match child.tag.rpartition("}")[2]:
                case "v":
                    text = child.text or ""
                case "f":
                    formula = child
                case "is":
                    inline = child
        kind = cell.get("t", "n")
        if formula is not None and inline is None and self._is_uncalculated(kind, text):
            return None
        if inline is not None:
            return formatted_text(string_of(inline), self._code(cell))
        return self._shown(kind, text, cell) if text else ""

    def _shown(self, kind: str, text: str, cell: Element) -> str:
        """A stored value by its type."""
        match kind:
            case "n":
                return self._number(text, self._code(cell))
            case "s":
                shared = whole(text)
                is_known = shared is not None and shared < len(self._strings)
                found = self._strings[shared or 0] if is_known else ""
                return formatted_text(found, self._code(cell))
            case "str":
                return formatted_text(_unescaped(text), self._code(cell))
            case "b":
                return "TRUE" if text.strip() in ("1", "true") else "FALSE"
        return text  # an error, or a date in ISO 8601

    def _is_uncalculated(self, kind: str, text: str) -> bool:
        """Whether a formula has no result: none, or the zero that XlsxWriter puts in its place."""
        return (not text and kind != "str") or (self._is_to_calculate and text == "0")

    def _number(self, text: str, code: str) -> str:
        if code == GENERAL and text.isdecimal() and len(text) <= _EXACT:
            return text.lstrip("0") or "0"
        try:
            value = float(text)
        except ValueError:
            return text
        if code == GENERAL:
            return general(value)
        return formatted(value, code, is_1904=self._is_1904)

    def _code(self, cell: Element) -> str:
        style = cell.get("s", "0")
        found = self._codes_by_style.get(style)
        if found is None:
            at = whole(style) or 0
            found = self._codes[at] if at < len(self._codes) else GENERAL
            self._codes_by_style[style] = found
        return found


class _Cells:
    """Takes the rows of a sheet; hidden ones, and cells that a merged one covers, are left out."""

    def __init__(self, book: Workbook, sheet: Sheet) -> None:
        self._book = book
        self._sheet = sheet
        self._hidden = bytearray()  # of each column, whether it is
        self._merged: list[tuple[range, range]] = []
        self._row = 0

    def hide_columns(self, element: Element) -> None:
        """Leave out the columns of an element when they are hidden."""
        first, last = whole(element.get("min")), whole(element.get("max"))
        if _is_not_shown(element, "width") and first and last:
            hidden = range(min(first - 1, _COLUMNS), min(last, _COLUMNS))
            self._hidden = self._hidden or bytearray(_COLUMNS)
            self._hidden[hidden.start : hidden.stop] = b"\1" * len(hidden)

    def is_hidden(self, column: int) -> bool:
        """Whether a column is not shown."""
        return bool(self._hidden[column : column + 1].strip(b"\0"))

    def merge(self, reference: str) -> None:
        """Note a range of which only the first cell is shown."""
        if match := _RANGE.fullmatch(reference):
            rows = range(int(match[2]), min(int(match[4]), _ROWS) + 1)
            self._merged.append((rows, range(column_of(match[1]), column_of(match[3]) + 1)))

    def add(self, element: Element) -> None:
        """Add a row with the texts of its cells."""
        number = whole(element.get("r"))
        self._row = self._row + 1 if number is None else number
        if _is_not_shown(element, "ht"):
            self._sheet.hidden_rows.add(self._row)
            return
        cells: dict[int, str] = {}
        column = -1
        for cell in element:
            match = _CELL.match(cell.get("r", ""))
            column = column_of(match[0]) if match else column + 1
            if self._hidden and self.is_hidden(column):
                continue
            text = self._book.text_of(cell)
            if text is None:
                name = f"{self._sheet.name}!{cell_name(self._row, column)}"
                self._book.uncalculated.append(name)
                text = _formula_of(cell)
            if text:
                cells[column] = text
        self._sheet.add(Row(self._row, cells))

    def end(self) -> None:
        """Drop what merged cells cover."""
        by_number = {row.number: row.cells for row in self._sheet.rows}
        for rows, columns in self._merged:
            for number in by_number.keys() & set(rows) if len(rows) < len(by_number) else by_number:
                if number in rows:
                    self._cover(by_number[number], columns, is_first=number == rows.start)
        self._sheet.rows = [row for row in self._sheet.rows if row.cells]

    @staticmethod
    def _cover(cells: dict[int, str], columns: range, *, is_first: bool) -> None:
        for column in [column for column in cells if column in columns]:
            if not (is_first and column == columns.start):
                del cells[column]


def _formula_of(cell: Element) -> str:
    formula = child_named(cell, "f")
    return "" if formula is None else formula_text(formula.text or "")


def string_of(item: Element) -> str:
    """Return a rich string (18.4.8) without its reading aid in kana."""
    if len(item) == 1 and len(item[0]) == 0:  # the usual one, without runs
        return _unescaped(item[0].text or "")
    return _unescaped("".join(text.text or "" for text in nearest(item, "t", skipped=_READINGS)))


def _unescaped(text: str) -> str:
    """A string with its escapes (22.9.2.19) as characters."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _is_true(element: Element, name: str) -> bool:
    return (attribute(element, name) or "0").lower() not in ("0", "false", "off")


def _is_not_shown(element: Element, size: str) -> bool:
    """Whether a row or column is hidden, or of no height or width."""
    try:
        return _is_true(element, "hidden") or float(element.get(size) or 1) == 0
    except ValueError:
        return False

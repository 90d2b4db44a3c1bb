"""Spreadsheets of OpenDocument (ISO/IEC 26300, part 3, 9) to sheets, as their cells show them."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.number_format import formatted, general
from semsearch.documents.readers.odf_styles import OdfStyles
from semsearch.documents.readers.odf_text import SHAPES, OdfText, is_hidden, nearest
from semsearch.documents.readers.sheet import Row, Sheet, cell_name, formula_text
from semsearch.documents.readers.zip_package import Element, Package, attribute, local, whole

_CONTENT: Final = "content.xml"
_STYLES: Final = "styles.xml"
_CELLS: Final = ("table-cell", "covered-table-cell")
_ROWS: Final = 1_048_576
_COLUMNS: Final = 16_384
_DURATION: Final = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")
_USUAL_PAGE: Final = "Default"  # of sheets that name none
_PARTS: Final = ("style", "table-column", "table-row", "shapes", "table")


class OpenDocumentBook:
    """The sheets of a document; ``uncalculated`` names formulas without a result, once read."""

    def __init__(self, package: Package, folder: str = "") -> None:
        """``folder`` is that of a spreadsheet within another document."""
        self._package = package
        self._content = folder + _CONTENT
        self._styles_part = package.part(folder + _STYLES)
        self._styles = OdfStyles([self._styles_part])
        self._text = OdfText(package, self._styles, folder)
        self.uncalculated: list[str] = []

    def sheets(self) -> Iterator[tuple[Sheet, str]]:
        """Yield the sheets that are shown, with the header and footer of their pages."""
        pages = self._page_texts()
        page_of: dict[str | None, str] = {}  # names of pages by the style of a sheet
        table = _Table(self._text, self.uncalculated)
        for element in self._package.elements(self._content, *_PARTS):
            match local(element.tag):
                case "style":
                    self._styles.add(element)
                    page = attribute(element, "master-page-name")
                    if page and attribute(element, "family") == "table":
                        page_of[attribute(element, "name")] = page
                case "table-column":
                    table.add_column(element)
                case "table-row":
                    table.add_row(element)
                    element.clear()
                case "shapes":
                    table.add_shapes(element)
                case "table":
                    name = attribute(element, "name") or ""
                    style = attribute(element, "style-name")
                    if not self._styles.is_hidden("table", style):
                        yield table.sheet(name), pages.get(page_of.get(style, _USUAL_PAGE), "")
                    element.clear()
                    table = _Table(self._text, self.uncalculated)

    def _page_texts(self) -> dict[str, str]:
        """The headers and footers of pages, by the name of the page."""
        if self._styles_part is None:
            return {}
        return {
            attribute(page, "name") or "": self._page_text(page)
            for page in nearest(self._styles_part, "master-page")
        }

    def _page_text(self, page: Element) -> str:
        shown = (part for part in page if attribute(part, "display") != "false")
        texts = (self._text.page_rows(part) for part in shown if not _has_fields(part))
        return " ".join(dict.fromkeys(filter(None, texts)))


def _has_fields(part: Element) -> bool:
    """Whether a header only has what a program fills in: the name of the sheet, the date."""
    return any(local(field.tag) in ("sheet-name", "title") for field in part.iter())


class _Table:
    """Collects the rows of one sheet; its name comes at its end."""

    def __init__(self, text: OdfText, uncalculated: list[str]) -> None:
        self._text = text
        self._uncalculated = uncalculated
        self._without_result: list[str] = []
        self._sheet = Sheet("")
        self._hidden: list[range] = []
        self._columns = 0
        self._number = 1

    def sheet(self, name: str) -> Sheet:
        """Return the sheet."""
        self._sheet.name = name
        self._uncalculated += [f"{name}!{cell}" for cell in self._without_result]
        return self._sheet

    def add_column(self, element: Element) -> None:
        """Take the next columns."""
        count = _repeated(element, "number-columns-repeated", _COLUMNS)
        if is_hidden(element):
            self._hidden.append(range(self._columns, self._columns + count))
        self._columns += count

    def add_shapes(self, element: Element) -> None:
        """Take the drawings that are fixed to the sheet."""
        self._draw(0, element)

    def _draw(self, row: int, above: Element) -> None:
        for shape in nearest(above, *SHAPES):
            self._sheet.beside.append((row, "\n".join(self._text.shape(shape))))

    def add_row(self, element: Element) -> None:
        """Take the next row, which stands for several that are equal."""
        count = _repeated(element, "number-rows-repeated", _ROWS)
        first = self._number
        self._number += count
        if first > _ROWS:
            return
        if is_hidden(element):
            self._sheet.hidden_rows.update(range(first, first + count))
            return
        cells = self._cells(element, first)
        self._sheet.add(Row(first, cells, first + count - 1))

    def _cells(self, row: Element, number: int) -> dict[int, str]:
        cells: dict[int, str] = {}
        column = 0
        for cell in (child for child in row if local(child.tag) in _CELLS):
            count = _repeated(cell, "number-columns-repeated", _COLUMNS)
            at, column = column, min(column + count, _COLUMNS)
            if local(cell.tag) == "table-cell" and len(cell.attrib) + len(cell):
                shown = [c for c in range(at, column) if not self._is_hidden(c)]
                if shown:
                    text = self._cell(cell, number, shown[0])
                    cells.update(dict.fromkeys(shown, text) if text else {})
        return cells

    def _is_hidden(self, column: int) -> bool:
        return any(column in hidden for hidden in self._hidden)

    def _cell(self, cell: Element, row: int, column: int) -> str:
        for child in cell:
            if local(child.tag) == "annotation":
                note = self._text.comment(child)
                self._sheet.beside.append((row, f"note on {cell_name(row, column)}: {note}"))
            elif local(child.tag) in SHAPES:
                self._sheet.beside.append((row, "\n".join(self._text.shape(child))))
        texts = [self._text.paragraph(child) for child in cell if local(child.tag) == "p"]
        shown = "\n".join(one.text for one in texts if not one.is_hidden)
        if shown or texts:
            return shown
        value = _value(cell)
        formula = attribute(cell, "formula")
        if value or not formula or attribute(cell, "value-type"):
            return value
        self._without_result.append(cell_name(row, column))
        return formula_text(formula.partition("=")[2])  # before it stands the name of its grammar


def _repeated(element: Element, name: str, most: int) -> int:
    number = whole(attribute(element, name))
    return 1 if number is None else min(number, most)


def _value(cell: Element) -> str:
    """The stored value of a cell whose writer has left out how it is shown."""
    kind = attribute(cell, "value-type")
    value = next((v for k, v in cell.items() if local(k) == "value"), "")
    for name in ("string-value", "date-value", "boolean-value"):
        if found := attribute(cell, name):
            return found.upper() if name == "boolean-value" else found
    if match := _DURATION.fullmatch(attribute(cell, "time-value") or ""):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
        return f"{match[1]}{days * 24 + hours}:{minutes:02d}:{seconds:02d}"
    try:
        number = float(value)
    except ValueError:
        return value
    if kind == "percentage":
        return formatted(number, "0.##%").replace(".%", "%")
    currency = attribute(cell, "currency") if kind == "currency" else None
    return f"{currency} {number:.2f}" if currency else general(number)

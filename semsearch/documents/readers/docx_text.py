"""Paragraphs and tables of Word documents: the words that are shown, and what is beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from semsearch.documents.readers.docx_lists import Numbers
from semsearch.documents.readers.docx_styles import Styles
from semsearch.documents.readers.office_drawings import description, graphic_rows, paragraph_rows
from semsearch.documents.readers.office_math import math_text
from semsearch.documents.readers.ooxml import (
    OfficePackage,
    child_named,
    children,
    descendants,
    is_on,
    nearest,
)
from semsearch.documents.readers.paragraph_text import (
    ParagraphText,
    cell_text,
    equation_text,
    is_page_field,
)
from semsearch.documents.readers.symbol_font import symbol
from semsearch.documents.readers.zip_package import Element, attribute, local, whole

NOT_READ: Final = frozenset({"del", "moveFrom", "pPr", "rPr", "rt", "sectPr"})
_MARKS: Final = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES: Final = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_COMMENTS: Final = frozenset({"commentRangeStart", "commentReference"})
_DRAWINGS: Final = frozenset({"drawing", "pict", "object"})
_PRIVATE: Final = range(0xE000, 0xF900)  # letters of a font's own
_LAST: Final = 0x10FFFF  # the last code of Unicode
_DEEPEST: Final = 10  # text boxes in text boxes


class RunReader:
    """Reads paragraphs of one part of a document."""

    def __init__(
        self,
        package: OfficePackage,
        part: str,
        styles: Styles,
        notes: Mapping[tuple[str, str], str],
        numbers: Numbers | None = None,
        depth: int = 0,
    ) -> None:
        self._package = package
        self._part = part
        self._styles = styles
        self._notes = notes
        self._numbers = numbers
        self._depth = depth
        self._fields: list[_Field] = []  # open ones, the outermost first

    def paragraphs(self, root: Element) -> Iterator[ParagraphText]:
        """Yield the paragraphs of a part, those of tables among them."""
        yield from map(self.paragraph, nearest(root, "p", skipped=NOT_READ))

    def whole(self, root: Element) -> str:
        """Return the text of a note or comment."""
        return "\n".join("\n".join(p.rows) for p in self.paragraphs(root))

    def table(self, table: Element) -> tuple[list[str], list[str]]:
        """Return the rows of a table that are shown, and its comments."""
        rows: list[str] = []
        comments: list[str] = []
        for row in nearest(table, "tr", skipped=NOT_READ):
            properties = child_named(row, "trPr")
            if (
                is_on(child_named(properties, "hidden"))
                or child_named(properties, "del") is not None
            ):
                continue
            cells: list[str] = []
            for cell in nearest(row, "tc", skipped=NOT_READ):
                found = list(self.paragraphs(cell))
                cells.append(cell_text(row for one in found for row in one.rows))
                comments += [identity for one in found for identity in one.comments]
            rows.append(" | ".join(cells))
        return rows, comments

    def paragraph(self, paragraph: Element) -> ParagraphText:
        """Return what a paragraph shows."""
        found = ParagraphText()
        properties = child_named(paragraph, "pPr")
        stack = [children(paragraph)]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
                continue
            name = local(child.tag)
            if name == "r" and self._styles.is_hidden(child_named(child, "rPr"), properties):
                self._keep_fields(child)
            elif name == "oMath":
                found.add(math_text(child))
            elif name in _DRAWINGS:
                found.beside += self._drawing(child)
            elif name == "fldSimple" and is_page_field(attribute(child, "instr") or ""):
                found.counts_pages = True
            elif not self._read(child, name, found) and name not in NOT_READ:
                stack.append(children(child))
        while self._fields and not self._fields[-1].is_result:
            self._fields.pop()  # a field without an end hides no further paragraph
        mark = child_named(properties, "rPr")
        is_lost = found.is_blank and self._styles.is_hidden(mark, properties)
        if self._numbers and child_named(mark, "del") is None and not is_lost:
            found.number = self._numbers.number(properties)
        return found

    def _read(self, element: Element, name: str, found: ParagraphText) -> bool:
        """Take an element that stands for itself; False for one that holds others."""
        if name in ("fldChar", "instrText"):
            ended = self._field(element, name)
            if ended is not None:
                found.counts_pages |= ended.is_page
                found.add(ended.words)
        elif any(not one.is_result for one in self._fields):
            return name in ("t", "sym", *_MARKS)  # words of an instruction are not shown
        elif name == "t":
            if not (self._fields and self._fields[-1].is_page):
                found.add(element.text or "")
        elif name in _MARKS:
            found.add(_MARKS[name])
        elif name == "sym":
            found.add(_symbol(attribute(element, "char") or "", attribute(element, "font") or ""))
        elif name in _NOTES:
            key = (_NOTES[name], attribute(element, "id") or "")
            if key in self._notes:
                found.marks.append((found.length, self._notes[key]))
        elif name in _COMMENTS:
            found.comments.append(attribute(element, "id") or "")
        else:
            return False
        return True

    def _field(self, element: Element, name: str) -> "_Field | None":
        """Follow the beginning, instruction and end of fields; returns one that ends."""
        kind = attribute(element, "fldCharType")
        if name == "instrText":
            if self._fields:
                self._fields[-1].instruction += element.text or ""
        elif kind == "begin":
            self._fields.append(_Field(choice=_choice(element)))
        elif kind == "separate" and self._fields:
            self._fields[-1].is_result = True
        elif kind == "end" and self._fields:
            return self._fields.pop()
        return None

    def _keep_fields(self, run: Element) -> None:
        """Follow the fields of a run that is not shown."""
        for child in children(run):
            if local(child.tag) in ("fldChar", "instrText"):
                self._field(child, local(child.tag))

    def _drawing(self, drawing: Element) -> list[str]:
        """The words of text boxes, charts, diagrams and WordArt, and descriptions of pictures."""
        rows: list[str] = []
        inner = RunReader(
            self._package, self._part, self._styles, self._notes, self._numbers, self._depth + 1
        )
        for child in descendants(drawing, "txbxContent", "txBody"):
            name = local(child.tag)
            if name == "txbxContent" and self._depth < _DEEPEST:
                rows += inner.box(child)
            elif name == "txBody":
                rows += paragraph_rows(child)
            elif name == "textpath":
                rows.append(attribute(child, "string") or "")
            elif child.get("alt"):
                rows.append(child.get("alt", ""))
        return rows + graphic_rows(self._package, self._part, drawing) + description(drawing)

    def box(self, content: Element) -> Iterator[str]:
        """Yield the paragraphs and rows of a text box."""
        for element in nearest(content, "p", "tbl", skipped=NOT_READ):
            if local(element.tag) == "tbl":
                yield from self.table(element)[0]
            else:
                found = self.paragraph(element)
                yield from found.rows


@dataclass(slots=True)
class _Field:
    """A field (17.16.18): its instruction, then its result, which is shown."""

    instruction: str = ""
    is_result: bool = False
    choice: str = ""  # of a list in a form

    @property
    def words(self) -> str:
        """What it shows without a result."""
        return "" if self.is_result else self.choice or equation_text(self.instruction)

    @property
    def is_page(self) -> bool:
        """Whether it shows a number of a page, which differs from page to page."""
        return is_page_field(self.instruction)


def _choice(begin: Element) -> str:
    """The entry of a list in a form that is chosen (17.16.9); "" for another field."""
    choices = next(nearest(begin, "ddList"), None)
    if choices is None:
        return ""
    entries = [attribute(one, "val") or "" for one in nearest(choices, "listEntry")]
    chosen = child_named(choices, "result")
    if chosen is None:
        chosen = child_named(choices, "default")
    at = 0 if chosen is None else whole(attribute(chosen, "val") or "0")
    return entries[at] if at is not None and at < len(entries) else ""


def _symbol(char: str, font: str) -> str:
    try:
        code = int(char, 16)
    except ValueError:
        return ""
    return symbol(code, font) if code in _PRIVATE or font == "Symbol" else _character(code)


def _character(code: int) -> str:
    return chr(code) if 0 <= code <= _LAST else ""

"""Paragraphs and tables of OpenDocument files: the words that are shown, and what is beside."""

from base64 import b64decode
from collections.abc import Iterator
from itertools import filterfalse
from typing import Final

from semsearch.documents.readers.embedded import object_rows
from semsearch.documents.readers.mathml import mathml_text
from semsearch.documents.readers.odf_lists import Numbers
from semsearch.documents.readers.odf_styles import OdfStyles
from semsearch.documents.readers.paragraph_text import ParagraphText, cell_text
from semsearch.documents.readers.zip_package import (
    Element,
    Package,
    attribute,
    local,
    nearest_by,
    whole,
)

NOT_READ: Final = frozenset(
    {"tracked-changes", "note-citation", "forms", "ruby-text", "annotation-end", "sequence-decls"}
)
SHAPES: Final = frozenset(
    "frame g custom-shape rect ellipse line connector path polygon polyline caption control"
    " measure regular-polygon circle".split()
)
_FIELDS_OF_PAGES: Final = frozenset({"page-number", "page-count"})
_MATH: Final = b"http://www.w3.org/1998/Math/MathML"
_FILLED_IN: Final = frozenset({"footer", "header", "date-time"})  # of slides: names stand for texts
_CONTENT: Final = "content.xml"
_MARKS: Final = {"tab": "\t", "line-break": "\n"}
_MOST_SPACES: Final = 1000  # spaces expanded per element
_DEEPEST: Final = 20  # frames, notes and annotations in each other
_SHOWN_OF_SHAPES: Final = (
    "p",
    "h",
    "table",
    "title",
    "desc",
    "object",
    "object-ole",
    *sorted(SHAPES),
)


def is_hidden(element: Element) -> bool:
    """Whether an element is not shown by its own attributes (a section, a field, a row)."""
    name = local(element.tag)
    if name in ("section", "hidden-text", "hidden-paragraph"):
        by_display = attribute(element, "display") == "none"
        return by_display or attribute(element, "is-hidden") == "true"
    return attribute(element, "visibility") in ("collapse", "filter")


def nearest(element: Element, *names: str) -> Iterator[Element]:
    """Return the nearest descendants with these names that are shown, in order."""
    return nearest_by(_shown, element, names, NOT_READ)


def _shown(element: Element) -> Iterator[Element]:
    return filterfalse(is_hidden, element)


class OdfText:
    """Reads paragraphs with the styles of their document."""

    def __init__(
        self, package: Package, styles: OdfStyles, folder: str = "", numbers: Numbers | None = None
    ) -> None:
        self._package = package
        self._styles = styles
        self._folder = folder
        self._numbers = numbers

    def paragraph(self, element: Element, depth: int = 0) -> ParagraphText:
        """Return what a paragraph or heading shows."""
        found = ParagraphText(number=self._numbers.number(element) if self._numbers else "")
        hidden = self._styles.is_hidden("paragraph", attribute(element, "style-name")) or False
        if not hidden:
            found.add(element.text or "")
        stack = [(element, iter(element), hidden)]
        while stack:
            parent, below, hidden = stack[-1]
            child = next(below, None)
            if child is None:
                stack.pop()
                if stack and not stack[-1][2]:
                    found.add(parent.tail or "")
                continue
            inner = self._inner_hidden(child, hidden)
            if self._read(child, found, inner, depth):
                if not hidden:
                    found.add(child.tail or "")
                continue
            if not inner:
                found.add(child.text or "")
            stack.append((child, iter(child), inner))
        return found

    def _inner_hidden(self, element: Element, hidden: bool) -> bool:
        if local(element.tag) == "span":
            own = self._styles.is_hidden("text", attribute(element, "style-name"))
            return hidden if own is None else own
        return hidden

    def _read(self, element: Element, found: ParagraphText, hidden: bool, depth: int) -> bool:
        """Take an element that stands for itself; False for one that holds others."""
        name = local(element.tag)
        if name in NOT_READ or is_hidden(element):
            found.is_hidden |= name == "hidden-paragraph"
            return True
        if name == "s":
            count = whole(attribute(element, "c"))
            if not hidden:
                found.add(" " * min(1 if count is None else count, _MOST_SPACES))
        elif name in _MARKS:
            if not hidden:
                found.add(_MARKS[name])
        elif name in _FIELDS_OF_PAGES or name in _FILLED_IN:
            found.counts_pages |= name in _FIELDS_OF_PAGES
        elif name == "note":
            if not hidden and depth < _DEEPEST:
                found.marks.append((found.length, self.whole(element, depth + 1)))
        elif name == "annotation":
            if not hidden and depth < _DEEPEST:
                found.comments.append(self.comment(element, depth + 1))
        elif name in SHAPES:
            if hidden:
                return True
            formula = self._formula(element)
            found.add(formula)
            found.beside += [] if formula else self.shape(element, depth + 1)
        else:
            return False
        return True

    def whole(self, element: Element, depth: int = 0) -> str:
        """Return the paragraphs below an element as rows."""
        found = [self.paragraph(child, depth) for child in nearest(element, "p", "h")]
        return "\n".join("\n".join(one.rows) for one in found if not one.is_hidden)

    def comment(self, annotation: Element, depth: int = 0) -> str:
        """Return a comment after its author."""
        text = self.whole(annotation, depth)
        author = next((e.text for e in annotation if local(e.tag) == "creator"), None)
        return f"{author}: {text}" if author and text.strip() else text

    def shape(self, shape: Element, depth: int = 0) -> list[str]:
        """Return the words of a frame or shape: its text, its chart, what describes it."""
        rows: list[str] = []
        if depth > _DEEPEST:
            return rows
        for child in nearest(shape, *_SHOWN_OF_SHAPES):
            name = local(child.tag)
            if name in ("p", "h"):
                found = self.paragraph(child, depth)
                rows += [] if found.is_hidden else found.rows
            elif name == "table":
                rows += self.table(child, depth)[0]
            elif name == "object":
                rows += self._document(child, depth)
            elif name == "object-ole":
                rows += self._object(child)
            elif name in SHAPES:
                rows += self.shape(child, depth + 1)
            else:
                rows.append("".join(child.itertext()))
        return rows

    def _formula(self, frame: Element) -> str:
        """The formula that a frame shows; "" where it shows anything else."""
        content = next((child for child in frame if local(child.tag) == "object"), None)
        if content is None:
            return ""
        inline = next((child for child in content if local(child.tag) == "math"), None)
        name = self._name_of(attribute(content, "href") or "")
        if inline is None and name in self._package.names:
            inline = self._package.part(name) if _MATH in self._package.bytes_of(name) else None
        return mathml_text(inline) if inline is not None and local(inline.tag) == "math" else ""

    def _name_of(self, reference: str) -> str:
        return f"{self._folder}{reference.removeprefix('./').strip('/')}/{_CONTENT}"

    def _document(self, content: Element, depth: int) -> list[str]:
        """The words of a document that an object shows; formulas stand in the text around it."""
        inline = next((child for child in content if local(child.tag) == "document"), None)
        if inline is not None:  # in one XML file with the document around
            return self.document_rows(inline, None, depth)
        name = self._name_of(attribute(content, "href") or "")
        root = self._package.part(name)
        if root is None or local(root.tag) == "math":
            return []
        return self.document_rows(root, name.removesuffix(_CONTENT), depth)

    def document_rows(self, root: Element, folder: str | None, depth: int = 0) -> list[str]:
        """Return the titles of a chart and the names in its table; of other documents the text.

        ``folder`` is where the parts of the document are in the package; None without own parts.
        """
        chart = next(nearest(root, "chart"), None)
        if chart is not None:
            return self._chart(chart, depth)
        if folder is not None and next(nearest(root, "spreadsheet"), None) is not None:
            from semsearch.documents.readers.ods import OpenDocumentBook  # here: it imports this

            sheets = OpenDocumentBook(self._package, folder).sheets()
            blocks = (block for sheet, page in sheets for block in sheet.blocks(page))
            return [row for block in blocks for row in block.text.split("\n")]
        own = None if folder is None else self._package.part(f"{folder}styles.xml")
        body = next(nearest(root, "body"), root)
        return OdfText(self._package, OdfStyles([own, root]), folder or "").shape(body, depth + 1)

    def _chart(self, chart: Element, depth: int) -> list[str]:
        rows = [self.whole(e, depth) for e in nearest(chart, "title", "subtitle", "axis") if len(e)]
        for row in nearest(chart, "table-row"):
            cells = nearest(row, "table-cell")
            names = (self.whole(c, depth) for c in cells if attribute(c, "value-type") != "float")
            rows.append(" | ".join(filter(None, names)))
        return [row for row in rows if row.strip()]

    def _object(self, content: Element) -> list[str]:
        """The words of an object of another program."""
        inline = next((child for child in content if local(child.tag) == "binary-data"), None)
        if inline is not None:  # in one XML file with the document around
            return object_rows(_decoded(inline.text or ""), self._package.objects)
        name = self._name_of(attribute(content, "href") or "").removesuffix(f"/{_CONTENT}")
        if name not in self._package.names:
            return []
        return object_rows(self._package.bytes_of(name), self._package.objects)

    def table(self, table: Element, depth: int = 0) -> tuple[list[str], list[str]]:
        """Return the rows of a table that are shown, and the comments in it."""
        rows: list[str] = []
        comments: list[str] = []
        for row in nearest(table, "table-row"):
            cells: list[str] = []
            for cell in nearest(row, "table-cell", "covered-table-cell"):
                found = [self.paragraph(p, depth) for p in nearest(cell, "p", "h")]
                cells.append(cell_text(row for one in found for row in one.rows))
                comments += [comment for one in found for comment in one.comments]
            rows.append(" | ".join(cells))
        return rows, comments

    def page_rows(self, element: Element) -> str:
        """Return a header or footer without what differs from page to page."""
        found = (self.paragraph(child) for child in nearest(element, "p", "h"))
        rows = ("\n".join(one.rows) for one in found if not one.is_page_row)
        return "\n".join(row for row in rows if row.strip())


def _decoded(digits: str) -> bytes:
    try:
        return b64decode(digits)
    except ValueError:  # damaged: it is then named as not read
        return b""

"""The elements of an HTML page, in order → blocks, each row with the source line of its text.

libxml2 gives the line of each start tag only (and none beyond 65,534), so that the lines in between
are counted: those of the text, and of the comments that stand in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from semsearch.documents.document import Block, BlockKind
from semsearch.documents.readers.headings import HeadingTrail
from semsearch.documents.readers.html_navigation import Letters, Part, is_navigation, part_of
from semsearch.documents.readers.html_page import (
    PageTree,
    is_mark_of_note,
    is_mark_of_place,
    labels_of,
)
from semsearch.documents.readers.html_pictures import Pictures
from semsearch.documents.readers.html_row import Row, collapsed, without_blank_ends
from semsearch.documents.readers.html_tree import (
    LAST_LINE,
    LINE_MARK,
    Element,
    line_behind,
    line_of,
    steps_of,
)
from semsearch.documents.readers.html_visibility import (
    HIDING,
    UNSEEN,
    is_hidden,
    is_line_numbers,
    is_note,
)
from semsearch.documents.readers.print_pages import PrintedPage, print_page

# Elements that start a new line in a browser:
# https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3
_BREAKS: Final = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt"
    " fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main"
    " menu ol p pre search section summary table tbody tfoot thead tr ul".split()
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_BREAKS_IN_TABLE: Final = frozenset({"caption", "table", "tr", *_HEADINGS})
_KEPT_WHOLE: Final = {
    "dl": BlockKind.LIST,
    "ol": BlockKind.LIST,
    "pre": BlockKind.CODE,
    "table": BlockKind.TABLE,
    "ul": BlockKind.LIST,
}
_OWN_BLOCK: Final = frozenset({*_KEPT_WHOLE, *_HEADINGS})  # also in elements that are kept whole
_FURNITURE_OF_BODY: Final = frozenset({"aside", "footer"})
_CELLS: Final = frozenset({"td", "th"})
_CELL_SEPARATOR: Final = " | "
_TELLING: Final = frozenset(("class", "id", "role", *HIDING))  # attributes
_PARTS: Final = {tag: part_of(tag, {}) for tag in _BREAKS}  # of elements without such attributes


@dataclass(slots=True)
class _Region:
    """An element that may be navigation, and what had been read where it began."""

    part: Part
    element: Element
    blocks: int
    rows: int
    pictures: int
    letters: Letters
    trail: HeadingTrail
    has_top_heading: bool


class HtmlReader:
    """Collects rows of text, and makes a block of them where a block element ends."""

    def __init__(
        self,
        root: Element | None,
        *,
        is_book: bool,
        only_text: bool,
        print_pages: Mapping[str, str] | None = None,
    ) -> None:
        """Read a page below its root, if it has one; the options are those of ``read_html``.

        ``print_pages`` has the number of the printed page that begins at the element of each id.
        """
        self.printed: list[PrintedPage] = []
        self._print_pages = print_pages or {}
        self._is_book = is_book
        self._only_text = only_text
        self.blocks: list[Block] = []
        self.pictures = Pictures()
        self.has_top_heading = False
        self.title = ""
        self._rows: list[Row] = []
        self._joins = False  # whether text on this line continues the last row
        self._line = 1  # of the source
        self._depth: dict[str, int] = dict.fromkeys([*_KEPT_WHOLE, *_HEADINGS], 0)
        self._headings = 0  # open ones
        self._kept_whole = 0  # open elements that are kept whole
        self._regions: list[_Region] = []
        self._link: str | None = None  # where the text leads
        self._letters = Letters()  # that were read in regions
        self._trail = HeadingTrail()
        if root is not None:
            self._page = PageTree(root)
            self._read(root)

    def _read(self, root: Element) -> None:
        steps = steps_of(root)
        skipped: Element | None = None
        for event, element in steps:
            if event == "start":
                if not self._enter(element):
                    skipped = element
                    steps.skip_subtree()
                continue
            if event != "end":  # a comment
                self._line += (element.text or "").count("\n")
            elif element is skipped:
                skipped = None
            elif element.tag in _BREAKS:
                self._leave(element)
            elif element.tag == "a":
                self._link = None
            if tail := element.tail:
                self._add(tail)
        self._end_block()

    def _enter(self, element: Element) -> bool:
        """Begin an element; False for one whose text is not read."""
        tag: Any = element.tag
        line = element.sourceline
        if line is not None and line < LAST_LINE:
            self._line = line
        breaks = tag in _BREAKS
        if breaks:
            self._break(tag)
        is_wanted = tag == "nav" and not (self._only_text or self._is_book)
        if tag in UNSEEN and not is_wanted:
            if tag == "svg":
                self._add_labels(element)
            self._skip(element)
            return False
        attributes = dict(element.items())
        if self._is_book and attributes and self._begins_print_page(attributes):
            self._skip(element)
            return False
        part = _PARTS.get(tag, Part.TEXT) if self._only_text or self._is_book else Part.TEXT
        if not _TELLING.isdisjoint(attributes):
            part = part_of(tag, attributes)
            if self._is_unseen(element, attributes):
                part = Part.NAVIGATION
            elif not self._only_text:
                part = Part.TEXT
        if part is Part.NAVIGATION:
            self._skip(element)
            return False
        if breaks:
            is_furniture = self._only_text and not self._is_book and tag in _FURNITURE_OF_BODY
            if is_furniture and self._page.is_beside(element):
                self._skip(element)
                return False
            if part is not Part.TEXT and self._only_text and not self._depth["table"]:
                self._begin_region(part, element)
            if tag in self._depth:
                self._depth[tag] += 1
                self._kept_whole += tag in _KEPT_WHOLE
                self._headings += tag in _HEADINGS
        elif tag == "a":
            self._link = attributes.get("href")
            if is_mark_of_note(element):
                self._add(" ")  # the number of a note is no part of the word before it
            if self._headings and is_mark_of_place(element):
                self._skip(element)
                return False
        elif tag == "img" and "alt" in attributes:
            before = len(self.blocks) + bool(self._rows)
            self.pictures.add(attributes, self._link, before, self._line, self._trail.titles)
        elif tag in _CELLS and self._joins:
            self._rows[-1].pieces.append(_CELL_SEPARATOR)
        if text := element.text:
            self._add(text)
        return True

    def _is_unseen(self, element: Element, attributes: Mapping[str, str]) -> bool:
        """Whether an element is hidden, or has the numbers beside lines of code."""
        if is_hidden(attributes):
            return not (self._is_book and is_note(attributes))
        return is_line_numbers(element, in_code=self._depth["pre"] > 0)

    def _add_labels(self, drawing: Element) -> None:
        """Add the texts of a drawing (SVG) as a block of its own, unless it is hidden."""
        texts = ((text, collapsed("".join(text.itertext()))) for text in labels_of(drawing))
        labels = [(line_of(element, self._line), text) for element, text in texts if text]
        if labels and not is_hidden(dict(drawing.items())):
            self._break("div")
            for line, text in labels:
                self._add_row(text, line)
                self._joins = False
            self._break("div")

    def _begins_print_page(self, attributes: Mapping[str, str]) -> bool:
        """Note the printed page that begins at an element; True where its text is the number."""
        number = print_page(attributes)
        listed = self._print_pages.get(attributes.get("id", ""))
        if named := " ".join((listed or number or "").split()):
            is_within = any(row.text for row in self._rows)
            self.printed.append(PrintedPage(named, len(self.blocks), is_within))
        return number is not None

    def _leave(self, element: Element) -> None:
        """End an element that starts a new line."""
        tag: Any = element.tag
        self._break(tag)
        if self._regions and self._regions[-1].element is element:
            self._end_region(self._regions.pop())
        if tag in self._depth:
            self._depth[tag] -= 1
            self._kept_whole -= tag in _KEPT_WHOLE
            self._headings -= tag in _HEADINGS

    def _skip(self, element: Element) -> None:
        """Leave out an element with all that is in it, but count its lines."""
        if element.tag == "title" or element.tag == "head":
            titles = "".join("".join(e.itertext()) for e in element.iter("title"))
            self.title += titles
        self._line = line_behind(element, self._line)

    def _begin_region(self, part: Part, element: Element) -> None:
        counts = (len(self.blocks), len(self._rows), self.pictures.count, self._letters.copy())
        trail = self._trail.copy()
        self._regions.append(_Region(part, element, *counts, trail, self.has_top_heading))

    def _end_region(self, region: _Region) -> None:
        """Take back an element that its content shows to be navigation."""
        if not self._kept_whole:
            self._end_block()
        letters = self._letters.since(region.letters)
        if not is_navigation(region.part, self._texts_since(region), letters):
            return
        if len(self.blocks) > region.blocks:
            self._rows.clear()
        del self.blocks[region.blocks :], self._rows[region.rows :]
        self._joins = False
        self.pictures.take_back(region.pictures)
        self._trail, self.has_top_heading = region.trail, region.has_top_heading
        self._letters = region.letters

    def _texts_since(self, region: _Region) -> Iterator[tuple[str, int]]:
        """The texts of an element, with their counts of rows."""
        for at in range(region.blocks, len(self.blocks)):
            yield self.blocks[at].text, len(self.blocks[at].lines)
        first = 0 if len(self.blocks) > region.blocks else region.rows
        for at in range(first, len(self._rows)):
            yield self._rows[at].text, 1

    def _add(self, text: str) -> None:
        """Add a run of text that begins on the current line."""
        if not text.isascii() and LINE_MARK in text:
            for number, part in enumerate(text.split(LINE_MARK)):
                self._line += number > 0
                if part:
                    self._add(part)
            return
        if "\n" not in text:
            if self._joins and not self._regions:  # most runs of text
                self._rows[-1].pieces.append(text)
                if not text.isspace():
                    self._rows[-1].last = self._line
            else:
                self._add_row(text, self._line)
            return
        first, in_table = self._line, self._depth["table"]
        for offset, row in enumerate(text.split("\n")):
            if offset and not in_table:
                self._joins = False
            # In a table a line end separates words, not rows.
            self._add_row(f" {row}" if offset and in_table else row, first + offset)
        self._line = first + offset

    def _add_row(self, text: str, line: int) -> None:
        if self._regions:
            self._letters.add(text, self._link)
        if self._joins:
            row = self._rows[-1]
            row.pieces.append(text)
            if text and not text.isspace():
                row.last = line
        elif (text and not text.isspace()) or self._depth["pre"]:
            self._rows.append(Row(line, line, [text]))
            self._joins = True

    def _break(self, tag: str) -> None:
        """Begin a new row, and a new block outside of elements that are kept whole."""
        if self._depth["table"] and tag not in _BREAKS_IN_TABLE:
            if self._joins:
                self._rows[-1].pieces.append(" ")  # a line end in a cell separates words
            return
        self._joins = False
        if self._rows and (not self._kept_whole or tag in _OWN_BLOCK):
            self._end_block()

    def _end_block(self) -> None:
        """Make a block of the rows; called before the tag that ends it is counted."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        self._joins = False
        if self._depth["pre"]:
            kept = without_blank_ends([("".join(row.pieces).rstrip(), row) for row in rows])
        else:
            kept = [(text, row) for row in rows if (text := row.text)]
        if not kept:
            return
        kind = BlockKind.PARAGRAPH
        if self._kept_whole:
            kind = next(_KEPT_WHOLE[tag] for tag in _KEPT_WHOLE if self._depth[tag])
        text = "\n".join(text for text, _ in kept)
        if self._headings:
            kind = BlockKind.HEADING
            level = next(_HEADINGS[tag] for tag in _HEADINGS if self._depth[tag])
            self.has_top_heading |= level == 1
            self._trail.enter(level, " ".join(text.split()))
        self.blocks.append(
            Block(
                kind,
                text,
                lines=[row.first for _, row in kept],
                headings=self._trail.titles,
                last_lines=[row.last for _, row in kept],
            )
        )

"""Documents of Word 97-2003 (MS-DOC) to blocks: what a page shows, notes after their sentences."""

import struct
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers import doc_file
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.doc_file import DocFile, Format
from semsearch.documents.readers.doc_lists import DocNumbers
from semsearch.documents.readers.doc_objects import ObjectPool
from semsearch.documents.readers.doc_shapes import DocShapes
from semsearch.documents.readers.doc_styles import DocStyles
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.paragraph_text import (
    ParagraphText,
    add_paragraph,
    cell_text,
    equation_text,
    is_page_field,
)
from semsearch.documents.readers.symbol_font import symbol

_BODY, _NOTES, _HEADERS, _COMMENTS, _ENDNOTES, _BOXES = 0, 1, 2, 4, 5, 6  # parts of the text
_PARAGRAPH_END: Final = "\r"
_CELL_END: Final = "\x07"
_PAGE_END: Final = "\x0c"
_ENDS: Final = _PARAGRAPH_END + _CELL_END + _PAGE_END
_SYMBOL: Final = "("
_PICTURE: Final = "\x01"
_FIELD, _RESULT, _FIELD_END = "\x13\x14\x15"
_SHOWN: Final = str.maketrans(
    {"\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": "\u00ad", "\xa0": " "}
    | dict.fromkeys("\0\x01\x02\x03\x04\x05\x06\x08", "")
)
_PARTS_OF_SECTION: Final = ("header", "header", "footer", "footer", "header", "footer")
_NO_HEADERS: Final = 6  # the first stories are lines above notes
_COMMENT_SIZE: Final = 30
_AUTHOR_AT: Final = 20
_SHAPE_SIZE: Final = 26
_BOX_SIZE: Final = 22
_BOX_SHAPE_AT: Final = 14


def read_doc(data: bytes) -> Document:
    """Read headings, paragraphs and tables; hidden and deleted text is left out."""
    return read_doc_streams(OleStreams(data))


def read_doc_streams(streams: OleStreams) -> Document:
    """Read a document by its streams, as ``read_doc`` does."""
    reader = _Reader(DocFile(streams), streams)
    reader.read()
    return reader.document()


class _Reader:
    def __init__(self, file: DocFile, streams: OleStreams) -> None:
        self._file = file
        self._objects = ObjectPool(streams)
        self._shapes = DocShapes(file)
        self._styles = DocStyles(file.part(doc_file.STYLES))
        self._numbers = DocNumbers(file, self._styles)
        self._flow = Flow()
        self._marks: dict[int, list[str]] = {}  # notes by the positions of their marks
        self._boxes: dict[int, list[str]] = {}
        self._comments: dict[int, list[str]] = {}
        self._commented: list[tuple[str, str]] = []
        self._row: list[str] = []
        self._cell: list[str] = []
        self._rows: list[str] = []

    def read(self) -> None:
        """Add the body, with what belongs to each paragraph."""
        self._collect(self._boxes, self._box_texts())
        self._collect(self._boxes, self._shapes.anchored())
        self._collect(self._marks, self._noted(doc_file.NOTE_MARKS, doc_file.NOTES, _NOTES))
        endnotes = self._noted(doc_file.ENDNOTE_MARKS, doc_file.ENDNOTES, _ENDNOTES)
        self._collect(self._marks, endnotes)
        self._collect(self._comments, self._comment_texts())
        end = min(self._file.lengths[_BODY], len(self._file.text))
        for start, stop in self._paragraphs(0, end):
            self._paragraph(start, stop)
        self._end_table()
        self._flow.rows(BlockKind.PARAGRAPH, self._objects.others())

    def document(self) -> Document:
        """Return what was read, comments and headers last."""
        self._flow.comments(self._commented)
        texts = list(self._page_texts())
        for kind in ("header", "footer"):
            self._flow.page_part(kind, (text for name, text in texts if name == kind))
        return self._flow.document(self._file.title, self._objects.unread.reason)

    @staticmethod
    def _collect(into: dict[int, list[str]], found: Iterator[tuple[int, str]]) -> None:
        for position, text in found:
            into.setdefault(position, []).append(text)

    def _paragraphs(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches that end with a mark of a paragraph or cell."""
        text = self._file.text
        for position in range(start, end):
            if text[position] in _ENDS:
                yield start, position + 1
                start = position + 1
        if start < end:
            yield start, end

    def _paragraph(self, start: int, stop: int) -> None:
        about = self._file.paragraph_format(stop - 1)
        found = self._shown(start, stop, about)
        found.number = self._numbers.number(about)
        is_cell = self._file.text[stop - 1] == _CELL_END or doc_file.INNER_CELL in about.properties
        is_row = about.properties.get(doc_file.ROW_END) or about.properties.get(
            doc_file.INNER_ROW_END
        )
        self._note_comments(found)
        if is_row:
            self._rows.append(" | ".join(self._row))
            self._row, self._cell = [], []
        elif is_cell or about.properties.get(doc_file.IN_TABLE):
            self._cell += found.rows
            if is_cell:
                self._row.append(cell_text(self._cell))
                self._cell = []
        else:
            self._end_table()
            add_paragraph(self._flow, found, self._styles.level(about))

    def _note_comments(self, found: ParagraphText) -> None:
        number = self._flow.number + len(self._rows) + 1
        self._commented += [(f"paragraph {number}", text) for text in found.comments]

    def _end_table(self) -> None:
        if self._row or self._cell:  # a table without the mark of its last row
            self._rows.append(" | ".join([*self._row, " ".join(self._cell)]))
            self._row, self._cell = [], []
        self._flow.rows(BlockKind.TABLE, self._rows)
        self._rows = []

    def _shown(self, start: int, stop: int, about: Format) -> ParagraphText:
        """What is shown of a stretch of text; of a field the result."""
        found = ParagraphText()
        fields: list[str | None] = []  # instructions of open fields; None in their results
        position = start
        for end in self._file.run_ends(start, stop):
            run = self._file.run_format(position)
            is_shown = not (
                run.properties.get(doc_file.DELETED) == 1 or self._styles.is_hidden(run, about)
            )
            for at in range(position, end):
                mark = self._file.text[at]
                if mark in (_FIELD, _RESULT, _FIELD_END):
                    _follow(fields, mark, found)
                    if mark == _RESULT and is_shown:
                        found.beside += self._objects.rows(run)
                    # A group of shapes in the line is a field whose first mark is its anchor.
                    found.beside += self._boxes.get(at, ()) if is_shown else ()
                elif fields and fields[-1] is not None:
                    fields[-1] += mark
                elif is_shown and not any(one is not None for one in fields):
                    found.beside += self._shapes.of_picture(run) if mark == _PICTURE else ()
                    self._take(at, self._symbol(run) if mark == _SYMBOL else mark, found)
            position = end
        return found

    def _symbol(self, run: Format) -> str:
        """A letter of a font of symbols, for which a bracket stands."""
        value = run.properties.get(doc_file.SYMBOL)
        if value is None:
            return _SYMBOL
        return symbol(value >> 16, self._file.font(value & 0xFFFF))

    def _take(self, at: int, mark: str, found: ParagraphText) -> None:
        if mark not in _ENDS:
            found.add(mark.translate(_SHOWN))
        found.marks += [(found.length, note) for note in self._marks.get(at, ())]
        found.beside += self._boxes.get(at, ())
        found.comments += self._comments.get(at, ())

    def _text(self, part: int, start: int, stop: int) -> str:
        """The text of a note, comment or box, by its positions in its part."""
        base = self._file.start_of(part)
        end = min(base + stop, base + self._file.lengths[part], len(self._file.text))
        rows: list[str] = []
        for first, behind in self._paragraphs(base + start, end):
            found = self._shown(first, behind, self._file.paragraph_format(behind - 1))
            rows += [] if found.is_page_row else [found.text]
        return "\n".join(rows)

    def _noted(self, marks: int, texts: int, part: int) -> Iterator[tuple[int, str]]:
        """Notes with the positions of their marks."""
        starts = [start for start, _ in self._file.positions(texts, 0)]
        for at, (position, _) in enumerate(self._file.positions(marks, 2)):
            if at < len(starts):
                stop = starts[at + 1] if at + 1 < len(starts) else self._file.lengths[part]
                yield position, self._text(part, starts[at], stop)

    def _comment_texts(self) -> Iterator[tuple[int, str]]:
        starts = [start for start, _ in self._file.positions(doc_file.COMMENTS, 0)]
        authors = list(_strings(self._file.part(doc_file.AUTHORS)))
        marks = self._file.positions(doc_file.COMMENT_MARKS, _COMMENT_SIZE)
        for at, (position, data) in enumerate(marks[: len(starts)]):
            stop = starts[at + 1] if at + 1 < len(starts) else self._file.lengths[_COMMENTS]
            text = self._text(_COMMENTS, starts[at], stop).strip()
            (number,) = struct.unpack_from("<H", data, _AUTHOR_AT)
            author = authors[number] if number < len(authors) else ""
            if text:
                yield position, f"{author}: {text}" if author else text

    def _box_texts(self) -> Iterator[tuple[int, str]]:
        """The texts of boxes with the positions of their anchors."""
        anchors = {
            int.from_bytes(data[:4], "little"): position
            for position, data in self._file.positions(doc_file.SHAPES, _SHAPE_SIZE)
        }
        boxes = self._file.positions(doc_file.BOXES, _BOX_SIZE)
        for at, (start, data) in enumerate(boxes):
            stop = boxes[at + 1][0] if at + 1 < len(boxes) else self._file.lengths[_BOXES]
            shape = int.from_bytes(data[_BOX_SHAPE_AT : _BOX_SHAPE_AT + 4], "little")
            text = self._text(_BOXES, start, stop)
            if text.strip() and not self._shapes.is_hidden(shape):
                yield anchors.get(shape, 0), text

    def _page_texts(self) -> Iterator[tuple[str, str]]:
        """The headers and footers of each section."""
        starts = [start for start, _ in self._file.positions(doc_file.HEADERS, 0)]
        for at in range(_NO_HEADERS, len(starts) - 1):
            kind = _PARTS_OF_SECTION[(at - _NO_HEADERS) % len(_PARTS_OF_SECTION)]
            yield kind, self._text(_HEADERS, starts[at], starts[at + 1]).strip()


def _follow(fields: list[str | None], mark: str, found: ParagraphText) -> None:
    """Follow the beginning, result and end of fields."""
    if mark == _FIELD:
        fields.append("")
    elif fields and mark == _FIELD_END:
        found.add(equation_text(fields.pop() or ""))
    elif fields:
        if is_page_field(fields[-1] or ""):
            found.counts_pages = True
        else:
            fields[-1] = None


def _strings(data: bytes) -> Iterator[str]:
    """The names in a list, each behind its length."""
    position = 0
    while position + 2 <= len(data):
        (length,) = struct.unpack_from("<H", data, position)
        position += 2
        yield data[position : position + 2 * length].decode("utf-16-le", "replace")
        position += 2 * length

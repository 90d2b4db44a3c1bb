"""What stands beside the cells of a sheet of Excel 97-2003 (MS-XLS): shapes, charts, page headers.

xlrd reads the cells and their notes, and passes over all other records.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from semsearch.documents.readers.embedded import object_rows_in
from semsearch.documents.readers.office_art import ANCHOR, OPTIONS, SHAPE, art_records, shown_by
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.readers.xlsx_drawing import page_text

# Types of records (2.3.2).
_BEGIN, _END, _CONTINUE, _SHEET = 0x0809, 0x000A, 0x003C, 0x0085
_HEADER, _FOOTER, _OTHER_PAGES = 0x0014, 0x0015, 0x089C
_DRAWING, _OBJECT, _TEXT = 0x00EC, 0x005D, 0x01B6
_SERIES, _CHART_LABEL, _CHART_TEXT, _INDEX, _LABEL = 0x1003, 0x1025, 0x100D, 0x1065, 0x0204
_BIFF_8: Final = b"\x00\x06"  # the version since Excel 97
_PICTURE_FORMULA: Final = 0x0009  # a part of an object
_OBJECT_FOLDER: Final = re.compile("MBD[0-9A-F]{8}")
_GRAPH: Final = b"\x80\x06"  # the version of Microsoft Graph
_GRAPH_LABEL: Final = 0x0004
_GRAPH_LABEL_AT: Final = 7
_NOTE: Final = 0x19  # a type of object
_CHART_SHEET: Final = 2
_CATEGORIES: Final = 2  # a kind of the stored data of a chart
_VISIBLE: Final = 0
_TEXT_LENGTH_AT: Final = 10
_STRINGS_AT: Final = 38  # of first and even pages, behind the counts of their letters


class _Record(NamedTuple):
    kind: int
    parts: list[bytes]  # its data, and those of the records that continue it

    @property
    def data(self) -> bytes:
        return self.parts[0]


@dataclass(slots=True)
class SheetTexts:
    """What a sheet has beside its cells: texts by row, from 1, and the words of its pages."""

    name: str
    is_shown: bool
    is_chart: bool
    beside: list[tuple[int, str]] = field(default_factory=list)
    objects: list[tuple[int, str]] = field(default_factory=list)  # of other programs, by their keys
    page: str = ""


def sheet_texts(stream: bytes) -> Iterator[SheetTexts]:
    """Yield the sheets of a workbook in their order; none of versions before Excel 97.

    Raises ``struct.error`` for a damaged one.
    """
    for record in _substream(stream, 0):
        if record.kind == _BEGIN and record.data[:2] != _BIFF_8:
            return
        if record.kind == _SHEET:
            place, state, kind = struct.unpack_from("<IBB", record.data)
            length = record.data[6:7] + b"\0"
            name, _ = _text(length + record.data[7:], 0)
            found = SheetTexts(name, state & 3 == _VISIBLE, kind == _CHART_SHEET)
            _Collector(found).read(stream, place)
            yield found


def graph_texts(stream: bytes) -> list[str] | None:
    """Return the texts of a chart of Microsoft Graph (MS-OGRAPH); None for a workbook."""
    if stream[4:6] != _GRAPH:
        return None
    chart = _Chart()
    table: dict[int, list[str]] = {}  # the names in its table, by row
    for record in _substream(stream, 0):
        chart.take(record)
        if record.kind == _GRAPH_LABEL and len(record.data) > _GRAPH_LABEL_AT:
            (row,) = struct.unpack_from("<H", record.data)
            length = record.data[_GRAPH_LABEL_AT : _GRAPH_LABEL_AT + 1] + b"\0"
            text, _ = _text(length + record.data[_GRAPH_LABEL_AT + 1 :], 0)
            table.setdefault(row, []).append(text)
    return ["; ".join(chart.rows()), *(" | ".join(names) for names in table.values())]


def object_texts(streams: OleStreams, unread: UnreadParts) -> dict[str, str]:
    """Return the texts of the objects of other programs, by the key that sheets have for each."""
    return {
        name: "\n".join(object_rows_in(streams.folder(name), unread))
        for name in streams.names_in(())
        if _OBJECT_FOLDER.fullmatch(name)
    }


class _Collector:
    """Walks the records of one sheet; a chart in it is a stream of records within."""

    def __init__(self, sheet: SheetTexts) -> None:
        self._sheet = sheet
        self._row = 0  # at which the present shape begins
        self._words: list[str] = []  # of that shape's properties
        self._is_left_out = False
        self._charts = [_Chart()] if sheet.is_chart else []
        self._pages: list[str] = []

    def read(self, stream: bytes, place: int) -> None:
        """Take the sheet that begins at a place."""
        for record in islice(_substream(stream, place), 1, None):
            self._take(record)
        self._end_shape()
        for chart in self._charts:  # that of a sheet which is a chart
            self._add("; ".join(chart.rows()))
        self._sheet.page = " ".join(dict.fromkeys(filter(None, self._pages)))

    def _take(self, record: _Record) -> None:
        kind = record.kind
        if kind == _BEGIN:
            self._charts.append(_Chart())
        elif kind == _END and self._charts:
            self._add("; ".join(self._charts.pop().rows()))
        elif kind == _DRAWING:
            self._draw(b"".join(record.parts))
        elif kind == _OBJECT:
            self._object(record.data)
        elif kind == _TEXT:
            self._add(_object_text(record))
        elif kind in (_HEADER, _FOOTER, _OTHER_PAGES):
            if len(self._charts) == self._sheet.is_chart:
                start = _STRINGS_AT if kind == _OTHER_PAGES else 0
                self._pages += map(page_text, _texts(record.data, start))
        elif self._charts:
            self._charts[-1].take(record)

    def _object(self, data: bytes) -> None:
        if data[4:5] == bytes([_NOTE]):
            self._is_left_out = True
            self._words = []
        elif key := _object_key(data):
            self._sheet.objects.append((self._row, key))

    def _draw(self, data: bytes) -> None:
        for record in art_records(data):
            if record.kind == SHAPE:
                self._end_shape()
            elif record.kind in OPTIONS:
                shown = shown_by(record.instance, record.data)
                self._words += shown.words
                self._is_left_out |= shown.is_hidden
            elif record.kind == ANCHOR and len(record.data) >= 8 and not self._charts:
                (row,) = struct.unpack_from("<H", record.data, 6)
                self._row = row + 1

    def _end_shape(self) -> None:
        for text in self._words:
            self._add(text)
        self._words = []
        self._is_left_out = False

    def _add(self, text: str) -> None:
        if text.strip() and not self._is_left_out:
            self._sheet.beside.append((self._row, text))


class _Chart:
    """The words of a chart: titles, names of its series, categories."""

    def __init__(self) -> None:
        self._titles: list[str] = []
        self._series: list[str] = []
        self._categories: dict[int, str] = {}
        self._is_in_series = False
        self._is_in_categories = False

    def take(self, record: _Record) -> None:
        """Take a record of the chart."""
        kind, data = record.kind, record.data
        if kind in (_SERIES, _CHART_LABEL):
            self._is_in_series = kind == _SERIES
        elif kind == _INDEX:
            self._is_in_categories = data[:1] == bytes([_CATEGORIES])
        elif kind == _CHART_TEXT:
            text, _ = _text(data[2:3] + b"\0" + data[3:], 0)
            (self._series if self._is_in_series else self._titles).append(text)
        elif kind == _LABEL and self._is_in_categories:
            (point,) = struct.unpack_from("<H", data)
            self._categories[point], _ = _text(data, 6)

    def rows(self) -> list[str]:
        """Return the words, as those of a chart of today's workbooks."""
        series = " | ".join(dict.fromkeys(self._series))
        rows = [*self._titles, series, " | ".join(self._categories.values())]
        return list(dict.fromkeys(row for row in rows if row.strip()))


def _substream(stream: bytes, place: int) -> Iterator[_Record]:
    """The records from one that begins a sheet, or the book, up to its end."""
    depth = 0
    record: _Record | None = None
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        data = stream[place + 4 : place + 4 + length]
        place += 4 + length
        if kind == _CONTINUE and record is not None:
            record.parts.append(data)
            continue
        if record is not None:
            yield record
        record = _Record(kind, [data])
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
    if record is not None:
        yield record


def _object_key(data: bytes) -> str:
    """The name of the folder with an object of another program; "" for other objects."""
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _PICTURE_FORMULA and size >= 4:
            (key,) = struct.unpack_from("<I", data, at + size)  # the last four bytes
            return f"MBD{key:08X}"
        at += 4 + size
    return ""


def _object_text(record: _Record) -> str:
    """The text of a shape, which stands in the records behind its own."""
    (length,) = struct.unpack_from("<H", record.data, _TEXT_LENGTH_AT)
    text = ""
    for part in record.parts[1:]:
        is_wide = part[:1] == b"\x01"
        text += part[1:].decode("utf-16-le" if is_wide else "latin-1", "replace")
        if len(text) >= length:
            break
    return text[:length].replace("\r", "\n")


def _texts(data: bytes, at: int) -> Iterator[str]:
    while at + 3 <= len(data):
        text, at = _text(data, at)
        yield text


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text behind the count of its letters (2.5.294), and where it ends."""
    if at + 3 > len(data):
        return "", len(data)
    length, flags = struct.unpack_from("<HB", data, at)
    size = 2 * length if flags & 1 else length
    raw = data[at + 3 : at + 3 + size]
    return raw.decode("utf-16-le" if flags & 1 else "latin-1", "replace"), at + 3 + size

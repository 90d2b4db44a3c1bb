"""The parts of a Word 97-2003 file (MS-DOC): text by pieces, formats of runs and paragraphs."""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

# Offsets in the file information block (FIB, 2.5); pairs of offset and length start at _PAIRS.
_MAGIC: Final = (0xA5EC, 0xA5DC)  # since Word 97; before
_VERSION: Final = 2
_FLAGS: Final = 0x0A
_ENCRYPTED: Final = 0x0100
_COMPLEX: Final = 0x0004
_SECOND_TABLE: Final = 0x0200
_TEXT_START: Final = 0x18
_LENGTHS: Final = 0x4C
_LENGTH_95: Final = 0x34
_PIECES_95: Final = 0x160
_PAIRS: Final = 0x9A
_WORD_97: Final = 193  # nFib; earlier versions have other tables
STYLES, NOTE_MARKS, NOTES, COMMENT_MARKS, COMMENTS = 1, 2, 3, 4, 5
HEADERS, RUNS, PARAGRAPHS, FONTS, PIECES = 11, 12, 13, 15, 33
AUTHORS, SHAPES, ENDNOTE_MARKS, ENDNOTES, BOXES = 36, 40, 46, 47, 56
_PAGE: Final = 512  # bytes of a page of formats (FKP, 2.9.1)
_FONT_NAME_AT: Final = 40  # bytes
_MOST_CHARACTERS: Final = 100_000_000

# Single property modifiers (2.6) that say what is shown.
HIDDEN: Final = 0x083C
DELETED: Final = 0x0800
RUN_STYLE: Final = 0x4A30
IN_TABLE: Final = 0x2416
ROW_END: Final = 0x2417
INNER_CELL: Final = 0x244B
INNER_ROW_END: Final = 0x244C
OUTLINE: Final = 0x2640
LIST: Final = 0x460B
LIST_LEVEL: Final = 0x260A
SYMBOL: Final = 0x6A09
_SIZES: Final = {
    0: 1,
    1: 1,
    2: 2,
    3: 4,
    4: 2,
    5: 2,
    7: 3,
}  # of operands, by the operation's top bits
_VARIABLE: Final = 6
_LONG: Final = (0xD608, 0xD609, 0xD606)  # definitions of tables: a length of two bytes


class Format(NamedTuple):
    """The formats of a stretch of text: a style of paragraphs, and properties by modifier."""

    style: int | None
    properties: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int  # character position
    offset: int  # in the stream
    width: int  # bytes a character


class DocFile:
    """A Word document; positions are those of characters in the whole text (CP, 2.2.1)."""

    def __init__(self, streams: OleStreams) -> None:
        """Raises ``DocumentUnreadable`` for a damaged, encrypted or older document."""
        self.title = streams.title()
        self._main = streams.stream("WordDocument")
        self.data = streams.stream("Data") if streams.has("Data") else b""  # pictures, form fields
        magic, version = struct.unpack_from("<HH", self._main)
        (flags,) = struct.unpack_from("<H", self._main, _FLAGS)
        if magic not in _MAGIC:
            raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged Word document")
        if flags & _ENCRYPTED:
            raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
        self._pieces: list[_Piece] = []
        self._table = b""
        if version < _WORD_97:
            self._read_word_6()
        else:
            self._table = streams.stream("1Table" if flags & _SECOND_TABLE else "0Table")
            # Lengths of body, notes, headers, macros, comments, endnotes, boxes (2.5.4).
            self.lengths = struct.unpack_from("<7i", self._main, _LENGTHS)
            self.text = "".join(self._piece_texts())
        self._runs = list(self._pages(RUNS))
        self._paragraphs = list(self._pages(PARAGRAPHS))

    def _read_word_6(self) -> None:
        """Take the text of Word 6 and 95 as it lies in the file, without formats."""
        start, end = struct.unpack_from("<II", self._main, _TEXT_START)
        (length,) = struct.unpack_from("<i", self._main, _LENGTH_95)
        (flags,) = struct.unpack_from("<H", self._main, _FLAGS)
        raw = b"".join(self._pieces_95()) if flags & _COMPLEX else self._main[start:end]
        raw = raw[: max(0, length)]
        # No field says which code page it is; marks of Word's own are left out of the guess.
        codec = "cp1252"
        with suppress(DocumentUnreadable):
            codec = decoded(bytes(byte for byte in raw if byte >= 0x20 or byte == 0x0D)).encoding
        self.text = raw.decode(codec if codec != "utf-8" else "cp1252", "replace")
        self.lengths = (len(self.text), 0, 0, 0, 0, 0, 0)

    def _pieces_95(self) -> Iterator[bytes]:
        """The pieces of a text that was saved fast: what was changed lies behind the rest."""
        offset, length = struct.unpack_from("<II", self._main, _PIECES_95)
        table = _piece_table(self._main[offset : offset + length])
        count = max(0, (len(table) - 4) // 12)
        starts = struct.unpack_from(f"<{count + 1}i", table)
        if starts[-1] > _MOST_CHARACTERS or list(starts) != sorted(set(starts)):
            raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged Word document: its pieces")
        for at, (first, behind) in enumerate(pairwise(starts)):
            (place,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * at + 2)
            yield self._main[place : place + behind - first]

    def part(self, number: int) -> bytes:
        """Return a structure of the table stream by its place in the FIB."""
        if not self._table:
            return b""
        offset, length = struct.unpack_from("<II", self._main, _PAIRS + number * 8)
        return self._table[offset : offset + length]

    def part_and_behind(self, number: int) -> bytes:
        """Return a structure with all that follows it; b"" where there is none."""
        if not self.part(number):
            return b""
        (offset,) = struct.unpack_from("<I", self._main, _PAIRS + number * 8)
        return self._table[offset:]

    def positions(self, number: int, size: int) -> list[tuple[int, bytes]]:
        """Return the positions of a structure (PLC, 2.2.2), each with ``size`` bytes of data."""
        part = self.part(number)
        count = (len(part) - 4) // (4 + size) if len(part) >= 4 else 0
        starts = struct.unpack_from(f"<{count}i", part)
        behind = 4 * (count + 1)
        return [
            (start, part[behind + at * size : behind + (at + 1) * size])
            for at, start in enumerate(starts)
        ]

    def font(self, number: int) -> str:
        """The name of a font (2.9.286)."""
        fonts = self.part(FONTS)
        position = 4
        for at in range(number + 1):
            if position >= len(fonts):
                return ""
            end = position + 1 + fonts[position]
            if at == number:
                name = fonts[position + _FONT_NAME_AT : end]
                return name.decode("utf-16-le", "replace").partition("\0")[0]
            position = end
        return ""

    def start_of(self, part: int) -> int:
        """The position at which a part of the text begins, by its place in ``lengths``."""
        return sum(self.lengths[:part])

    def run_format(self, position: int) -> Format:
        """Return the format of the character at a position."""
        return self._format(self._runs, position)

    def paragraph_format(self, position: int) -> Format:
        """Return the format of the paragraph that has the character at a position."""
        return self._format(self._paragraphs, position)

    def run_ends(self, start: int, end: int) -> Iterator[int]:
        """Yield where the formats of runs may change between two positions; the last is ``end``."""
        position = start
        while position < end:
            piece, stop = self._piece_at(position)
            offset = piece.offset + (position - piece.start) * piece.width
            at = bisect_right(self._runs, offset, key=itemgetter(0))
            if at < len(self._runs):
                stop = min(stop, position + max(1, (self._runs[at][0] - offset) // piece.width))
            position = min(stop, end)
            yield position

    def _format(self, formats: Sequence[tuple[int, Format]], position: int) -> Format:
        if not self._pieces:
            return _PLAIN
        piece, _ = self._piece_at(position)
        offset = piece.offset + (position - piece.start) * piece.width
        at = bisect_right(formats, offset, key=itemgetter(0)) - 1
        return formats[at][1] if at >= 0 else _PLAIN

    def _piece_at(self, position: int) -> tuple[_Piece, int]:
        """The piece with a position, and where it ends."""
        if not self._pieces:
            return _Piece(0, 0, 1), len(self.text)
        at = max(0, bisect_right(self._starts, position) - 1)
        following = self._starts[at + 1 : at + 2]
        return self._pieces[at], following[0] if following else len(self.text)

    def _piece_texts(self) -> Iterator[str]:
        """The text piece by piece (2.8.35)."""
        table = _piece_table(self.part(PIECES))
        count = (len(table) - 4) // 12
        starts = struct.unpack_from(f"<{count + 1}i", table)
        self._starts = list(starts[:-1])
        if count < 1 or starts[-1] > _MOST_CHARACTERS or list(starts) != sorted(set(starts)):
            raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged Word document: its pieces")
        for at in range(count):
            (offset,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * at + 2)
            is_narrow = bool(offset & 0x40000000)
            offset = (offset & 0x3FFFFFFF) // 2 if is_narrow else offset & 0x3FFFFFFF
            width = 1 if is_narrow else 2
            self._pieces.append(_Piece(starts[at], offset, width))
            length = starts[at + 1] - starts[at]
            raw = self._main[offset : offset + length * width]
            codec = "cp1252" if is_narrow else "utf-16-le"
            text = raw.decode(codec, "surrogatepass" if not is_narrow else "replace")
            yield text.ljust(length, "\0")[:length]

    def _pages(self, number: int) -> Iterator[tuple[int, Format]]:
        """The formats of one kind, each with the offset of its first byte, in order."""
        found: list[tuple[int, Format]] = []
        for _, data in self.positions(number, 4):
            start = (struct.unpack("<I", data)[0] & 0x3FFFFF) * _PAGE
            page = self._main[start : start + _PAGE]
            if len(page) == _PAGE:
                found += _page_formats(page, is_paragraph=number == PARAGRAPHS)
        return iter(sorted(found, key=itemgetter(0)))


_PLAIN: Final = Format(None, {})


def _piece_table(clx: bytes) -> bytes:
    """The table of pieces behind the property lists (2.9.38)."""
    position = 0
    while position + 3 <= len(clx) and clx[position] == 1:
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if position + 5 > len(clx) or clx[position] != 2:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged Word document: it has no text")
    (length,) = struct.unpack_from("<I", clx, position + 1)
    return clx[position + 5 : position + 5 + length]


def _page_formats(page: bytes, *, is_paragraph: bool) -> Iterator[tuple[int, Format]]:
    """The formats on one page (2.9.33, 2.9.174)."""
    count = page[_PAGE - 1]
    size = 13 if is_paragraph else 1
    if 4 * (count + 1) + count * size >= _PAGE:
        return
    offsets = struct.unpack_from(f"<{count}I", page)
    for at, offset in enumerate(offsets):
        start = page[4 * (count + 1) + at * size] * 2
        if not start:
            yield offset, _PLAIN
            continue
        length = page[start]
        if not is_paragraph:
            yield offset, Format(None, properties(page[start + 1 : start + 1 + length]))
            continue
        if length:
            stop = start + 2 * length
        else:
            start += 1
            stop = start + 1 + 2 * page[start]
        style = page[start + 1 : start + 3]
        number = int.from_bytes(style, "little") if len(style) == 2 else None
        yield offset, Format(number, properties(page[start + 3 : stop]))


def properties(data: bytes) -> dict[int, int]:
    """Return the property modifiers of a list, by their numbers; long ones have no value."""
    found: dict[int, int] = {}
    position = 0
    while position + 2 < len(data):
        (code,) = struct.unpack_from("<H", data, position)
        position += 2
        kind = code >> 13
        if kind == _VARIABLE:
            if code in _LONG:
                size = int.from_bytes(data[position : position + 2], "little") + 1
            else:
                size = data[position] + 1
            found[code] = 0
        else:
            size = _SIZES[kind]
            found[code] = int.from_bytes(data[position : position + size], "little")
        position += size
    return found

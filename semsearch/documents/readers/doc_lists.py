"""Numbers of lists and headings in Word 97-2003 documents (MS-DOC, 2.9.131, 2.9.147, 2.9.150)."""

import struct
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.doc_file import DocFile, Format
from semsearch.documents.readers.doc_styles import DocStyles
from semsearch.documents.readers.list_numbers import (
    BULLET,
    DECIMAL,
    NONE,
    Level,
    Numbering,
    NumberingCounter,
)

_LISTS, _OVERRIDES = 73, 74  # places in the FIB; the levels stand behind the lists
_LIST_SIZE: Final = 28
_LEVEL_SIZE: Final = 28
_OVERRIDE_SIZE: Final = 16
_LEVELS: Final = 9
_IS_SIMPLE: Final = 1  # a list of one level
_IS_DECIMAL, _RESTARTS_LATER = 4, 8
_STARTS, _FORMATS = 0x10, 0x20
_KINDS: Final = {
    0: DECIMAL, 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter",
    22: "decimalZero", 23: BULLET, 0xFF: NONE,
}  # fmt: skip


class DocNumbers:
    """Counts the numbered paragraphs of a document, in the order of the text."""

    def __init__(self, file: DocFile, styles: DocStyles) -> None:
        self._styles = styles
        self._definitions: dict[str | int, dict[int, Level]] = {}
        self._numberings: list[Numbering] = []
        self._counter = NumberingCounter()
        try:
            self._definitions.update(_definitions(file.part_and_behind(_LISTS)))
            self._numberings += _numberings(file.part(_OVERRIDES))
        except (struct.error, IndexError):  # damaged lists: the text is complete without numbers
            self._numberings = []

    def number(self, paragraph: Format) -> str:
        """Count a paragraph; returns its number, "" for one without or with a bullet."""
        place = self._styles.list_place(paragraph)
        if place is None or not 0 < place.number <= len(self._numberings):
            return ""
        numbering = self._numberings[place.number - 1]
        defined = self._definitions.get(numbering.definition, {})
        return self._counter.number(place.number, numbering, defined, place.level)


def _definitions(data: bytes) -> Iterator[tuple[int, dict[int, Level]]]:
    if not data:
        return
    (count,) = struct.unpack_from("<H", data)
    position = 2 + count * _LIST_SIZE
    for at in range(count):
        head = 2 + at * _LIST_SIZE
        (identity,) = struct.unpack_from("<i", data, head)
        levels: dict[int, Level] = {}
        for number in range(1 if data[head + 26] & _IS_SIMPLE else _LEVELS):
            levels[number], position = _level(data, position)
        yield identity, levels


def _level(data: bytes, at: int) -> tuple[Level, int]:
    """A level (LVL), and where the next one begins."""
    start, kind, flags = struct.unpack_from("<iBB", data, at)
    of_runs, of_paragraphs, restart = data[at + 24], data[at + 25], data[at + 26]
    at += _LEVEL_SIZE + of_runs + of_paragraphs
    (length,) = struct.unpack_from("<H", data, at)
    end = at + 2 + 2 * length
    written = data[at + 2 : end].decode("utf-16-le", "replace")
    # Letters with the codes 0 to 8 stand for the numbers of the levels.
    text = "".join(f"%{ord(mark) + 1}" if ord(mark) < _LEVELS else mark for mark in written)
    return (
        Level(
            start,
            _KINDS.get(kind, DECIMAL),
            text,
            restart if flags & _RESTARTS_LATER else None,
            bool(flags & _IS_DECIMAL),
        ),
        end,
    )


def _numberings(data: bytes) -> Iterator[Numbering]:
    if not data:
        return
    (count,) = struct.unpack_from("<I", data)
    at = 4 + count * _OVERRIDE_SIZE
    for number in range(min(count, len(data) // _OVERRIDE_SIZE)):
        head = 4 + number * _OVERRIDE_SIZE
        (identity,) = struct.unpack_from("<i", data, head)
        levels: dict[int, Level] = {}
        starts: dict[int, int] = {}
        changed = data[head + 12]
        at += 4
        for _ in range(changed):
            start, flags = struct.unpack_from("<iI", data, at)
            at += 8
            level = flags & 0xF
            if flags & _FORMATS:
                levels[level], at = _level(data, at)
                start = levels[level].start
            if flags & _STARTS:
                starts[level] = start
        yield Numbering(identity, levels, starts)

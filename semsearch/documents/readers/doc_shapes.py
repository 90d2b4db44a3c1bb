"""Shapes and pictures of a Word 97-2003 document: what describes them (MS-DOC)."""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from semsearch.documents.readers import doc_file
from semsearch.documents.readers.doc_file import DocFile, Format
from semsearch.documents.readers.office_art import (
    OPTIONS,
    SHAPE,
    ArtRecord,
    Shown,
    art_records,
    shown_by,
)

_DRAWINGS: Final = 50  # a place in the FIB
_ANCHOR_SIZE: Final = 26
_PICTURE: Final = 0x6A03  # where the picture is that a character stands for
_IS_DATA: Final = (0x0806, 0x080A)  # what stands there is no picture: a form field, an object


class DocShapes:
    """What describes the shapes that are anchored in the text, and the pictures in it."""

    def __init__(self, file: DocFile) -> None:
        self._file = file
        self._shapes = dict(_shapes(_drawings(file.part(_DRAWINGS))))

    def is_hidden(self, shape: int) -> bool:
        """Whether a shape is not shown."""
        return shape in self._shapes and self._shapes[shape].is_hidden

    def anchored(self) -> Iterator[tuple[int, str]]:
        """Yield the positions of the shapes' anchors, each with what is said of the shape."""
        for position, data in self._file.positions(doc_file.SHAPES, _ANCHOR_SIZE):
            shown = self._shapes.get(int.from_bytes(data[:4], "little"))
            for text in shown.words if shown is not None and not shown.is_hidden else ():
                yield position, text

    def of_picture(self, run: Format) -> list[str]:
        """Return what is said of a picture that a run stands for."""
        place = run.properties.get(_PICTURE)
        if place is None or any(run.properties.get(code) == 1 for code in _IS_DATA):
            return []
        if place + 6 > len(self._file.data):
            return []
        length, head = struct.unpack_from("<IH", self._file.data, place)
        records = art_records(self._file.data[place + head : place + length])
        return [
            text for _, shown in _shapes(records) if not shown.is_hidden for text in shown.words
        ]


def _drawings(data: bytes) -> Iterator[ArtRecord]:
    """The records of the drawings of the text and of the headers, behind those of the group."""
    at = _end_of(data, 0)
    while at < len(data):
        end = _end_of(data, at + 1)  # before each stands which of the two it is
        yield from art_records(data[at + 1 : end])
        at = end


def _end_of(data: bytes, at: int) -> int:
    if at + 8 > len(data):
        return len(data)
    (length,) = struct.unpack_from("<I", data, at + 4)
    return int(at + 8 + length)


def _shapes(records: Iterable[ArtRecord]) -> Iterator[tuple[int, Shown]]:
    """The shapes by their identities."""
    identity = 0
    found = Shown([], False)
    for record in records:
        if record.kind == SHAPE:
            yield identity, found
            identity = int.from_bytes(record.data[:4], "little")
            found = Shown([], False)
        elif record.kind in OPTIONS:
            shown = shown_by(record.instance, record.data)
            found = Shown(found.words + shown.words, found.is_hidden or shown.is_hidden)
    yield identity, found

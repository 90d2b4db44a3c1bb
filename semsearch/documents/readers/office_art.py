"""Drawings of Office 97-2003 (MS-ODRAW): what describes a shape, its WordArt, whether it shows."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from semsearch.documents.readers.office_drawings import is_file_name

ANCHOR: Final = 0xF010  # where a shape begins, in the words of the program around
SHAPE: Final = 0xF00A  # begins a shape; its identity
OPTIONS: Final = (0xF00B, 0xF122)  # properties of a shape, primary and tertiary
_CONTAINER: Final = 0xF  # the version of a record that holds others
_WORDS: Final = (0x00C0, 0x0381)  # properties: text of WordArt, description
_VISIBILITY: Final = 0x03BF
_HIDDEN: Final = 0x0002_0002  # a bit, and the one by which it counts
_LONG: Final = 0x8000  # a property whose value follows the fixed ones
_NUMBER: Final = 0x3FFF


class ArtRecord(NamedTuple):
    """A record that holds no others; ``instance`` is a count in some."""

    kind: int
    instance: int
    data: bytes


class Shown(NamedTuple):
    """What the properties of a shape say: WordArt, and a description that is no file name."""

    words: list[str]
    is_hidden: bool


def art_records(data: bytes) -> Iterator[ArtRecord]:
    """Yield the records of a drawing in their order, containers taken apart."""
    at = 0
    while at + 8 <= len(data):
        head, kind, length = struct.unpack_from("<HHI", data, at)
        at += 8
        if head & 0xF != _CONTAINER:
            yield ArtRecord(kind, head >> 4, data[at : at + length])
            at += length


def shown_by(instance: int, data: bytes) -> Shown:
    """Return what a table of properties says of a shape (2.2.9)."""
    words: list[str] = []
    is_hidden = False
    position = 6 * instance  # long values follow the fixed ones in order
    for at in range(min(instance, len(data) // 6)):
        code, value = struct.unpack_from("<HI", data, 6 * at)
        number = code & _NUMBER
        if number == _VISIBILITY:
            is_hidden = value & _HIDDEN == _HIDDEN
        if code & _LONG:
            text = data[position : position + value].decode("utf-16-le", "replace")
            if number in _WORDS and text.strip("\0 ") and not is_file_name(text.strip("\0")):
                words.append(text.partition("\0")[0])
            position += value
    return Shown(words, is_hidden)

"""The records of a PowerPoint 97-2003 file (MS-PPT): containers, persistent objects, lists."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from semsearch.documents.reason import DocumentUnreadable, ReasonCode

# Types of records (2.13.24).
DOCUMENT: Final = 0x03E8
SLIDE_ATOM: Final = 0x03EF
SLIDE_INFO: Final = 0x03F9
OUTLINE: Final = 0x0F9E
STRING: Final = 0x0FBA
FOOTERS: Final = 0x0FD9
FOOTERS_SHOWN: Final = 0x0FDA
PLACEHOLDER: Final = 0x0BC3
COMMENT: Final = 0x2EE0
OBJECT_REFERENCE: Final = 0x0BC1
SHAPE: Final = 0xF004
SHAPE_OPTIONS: Final = 0xF00B
_SLIDE_OF_LIST: Final = 0x03F3
_TEXT_KIND: Final = 0x0F9F
_WIDE_TEXT: Final = 0x0FA0
_NARROW_TEXT: Final = 0x0FA8
_LIST: Final = 0x0FF0
_EDIT: Final = 0x0FF5
_OBJECT: Final = 0x0FC3
_EMBEDDED: Final = 0  # the type of an object that is no link
_STORED_OBJECT: Final = 0x1011
_MOST_OBJECT: Final = 200_000_000  # bytes of an object, unpacked
_TAG_DATA: Final = 0x138B  # holds records, though its head does not say so
SLIDES, MASTERS, NOTES = 0, 1, 2  # lists of the document
_CONTAINER: Final = 0xF  # the version of a record that holds others
_SHOWN: Final = str.maketrans({"\r": "\n", "\x0b": "\n"})
_MOST_EDITS: Final = 10_000
_DEEPEST: Final = 30  # records in records


class Record(NamedTuple):
    """One record: its instance and type, and its data."""

    instance: int
    kind: int
    data: bytes
    is_container: bool


@dataclass(slots=True)
class Text:
    """A text with its kind (title, body, notes); -1 for none."""

    kind: int
    text: str = ""


@dataclass(slots=True)
class Listed:
    """One slide, master or page of notes in a list, with the texts of its outline."""

    identity: int
    place: int
    texts: list[Text] = field(default_factory=list)


def record_at(stream: bytes, offset: int) -> Record:
    """Return the record at an offset; an empty one at the end."""
    if offset + 8 > len(stream):
        return Record(0, 0, b"", False)
    head, kind, length = struct.unpack_from("<HHI", stream, offset)
    data = stream[offset + 8 : offset + 8 + length]
    return Record(head >> 4, kind, data, head & 0xF == _CONTAINER)


def records_of(data: bytes) -> Iterator[Record]:
    """Yield the records of a container, one level."""
    position = 0
    while position + 8 <= len(data):
        record = record_at(data, position)
        yield record
        position += 8 + len(record.data)


def below(data: bytes, depth: int = 0) -> Iterator[Record]:
    """Yield all records in a container, in order, each before those in it."""
    for record in records_of(data):
        yield record
        if (record.is_container or record.kind == _TAG_DATA) and depth < _DEEPEST:
            yield from below(record.data, depth + 1)


def places_of(stream: bytes, user: bytes) -> dict[int, int]:
    """Return the offsets of the persistent objects; a later edit's count (2.1.2)."""
    places: dict[int, int] = {}
    edit = struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0
    for _ in range(_MOST_EDITS):
        record = record_at(stream, edit)
        if record.kind != _EDIT or len(record.data) < 16:
            break
        before, listing = struct.unpack_from("<II", record.data, 8)
        for number, offset in _listed_places(record_at(stream, listing).data):
            places.setdefault(number, offset)
        if not before or before >= edit:
            break
        edit = before
    return places


def _listed_places(data: bytes) -> Iterator[tuple[int, int]]:
    position = 0
    while position + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, position)
        first, count = head & 0xFFFFF, head >> 20
        position += 4
        for number in range(first, first + count):
            if position + 4 <= len(data):
                yield number, struct.unpack_from("<I", data, position)[0]
            position += 4


def listed_in(document: bytes, kind: int) -> Iterator[Listed]:
    """Yield the slides, masters or pages of notes of the document in their order."""
    for found in records_of(document):
        if found.kind == _LIST and found.instance == kind:
            current: Listed | None = None
            for record in records_of(found.data):
                if record.kind == _SLIDE_OF_LIST and len(record.data) >= 16:
                    if current is not None:
                        yield current
                    place, _, _, identity = struct.unpack_from("<IIiI", record.data)
                    current = Listed(identity, place)
                elif current is not None:
                    add_text(current.texts, record)
            if current is not None:
                yield current


def add_text(texts: list[Text], record: Record) -> None:
    """Take the kind of a text, or its words; any other record is passed over."""
    if record.kind == _TEXT_KIND and len(record.data) >= 4:
        texts.append(Text(struct.unpack_from("<I", record.data)[0]))
    elif record.kind in (_WIDE_TEXT, _NARROW_TEXT):
        if not texts:
            texts.append(Text(-1))
        codec = "utf-16-le" if record.kind == _WIDE_TEXT else "latin-1"
        texts[-1].text += record.data.decode(codec, "replace").translate(_SHOWN)


def objects_of(document: bytes) -> Iterator[tuple[int, int]]:
    """Yield the objects of other programs: their numbers, and those of where they are stored."""
    for record in below(document):
        if record.kind == _OBJECT and len(record.data) >= 20:
            _, kind, number, _, stored = struct.unpack_from("<5I", record.data)
            if kind == _EMBEDDED:
                yield number, stored


def stored_object(record: Record) -> bytes:
    """Return the file of an object; raises ``DocumentUnreadable`` for a damaged one."""
    if record.kind != _STORED_OBJECT or not record.instance:
        return record.data
    try:
        # Before the packed bytes stands how many there are unpacked.
        return zlib.decompressobj().decompress(record.data[4:], _MOST_OBJECT)
    except zlib.error as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged: {error}") from error


def strings_of(data: bytes) -> dict[int, str]:
    """Return the strings of a container by their instances."""
    return {
        record.instance: record.data.decode("utf-16-le", "replace")
        for record in records_of(data)
        if record.kind == STRING
    }

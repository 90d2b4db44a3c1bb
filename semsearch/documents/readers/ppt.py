"""Presentations of PowerPoint 97-2003 (MS-PPT) to blocks, slide by slide."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from semsearch.documents.document import Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

# Types of records (2.13.24).
_DOCUMENT: Final = 0x03E8
_SLIDE_INFO: Final = 0x03F9
_SLIDE_ATOM: Final = 0x03EF
_SLIDE_OF_LIST: Final = 0x03F3
_HEADINGS: Final = 0x0F9F
_OUTLINE: Final = 0x0F9E
_WIDE_TEXT: Final = 0x0FA0
_NARROW_TEXT: Final = 0x0FA8
_LIST: Final = 0x0FF0
_EDIT: Final = 0x0FF5
_PLACES: Final = 0x1772
_SHAPE: Final = 0xF004
_SHAPE_OPTIONS: Final = 0xF00B
_PLACEHOLDER: Final = 0x0BC3
_FILLED_IN: Final = frozenset({0x0FD8, 0x0FF7, 0x0FF8, 0x0FF9, 0x0FFA})  # numbers, dates, footers
_CONTAINER: Final = 0xF  # the version of a record that holds others
_TITLES: Final = frozenset({0, 6})  # kinds of text: title, centred title
# Placeholders of dates, numbers of slides, headers and pictures of slides (2.13.21).
_FURNITURE: Final = frozenset(bytes([kind]) for kind in (0x05, 0x07, 0x08, 0x0A, 0x0B))
_SLIDES: Final = 0  # lists of the document
_NOTES: Final = 2
_HIDDEN: Final = 0x0004
_SHOWN: Final = str.maketrans({"\r": "\n", "\x0b": "\n"})
_DESCRIPTION: Final = 0xC381  # a property of a shape: its alternative text, as UTF-16
_MOST_EDITS: Final = 10_000
_DEEPEST: Final = 30  # records in records


class _Record(NamedTuple):
    instance: int
    kind: int
    data: bytes
    is_container: bool


@dataclass(slots=True)
class _Text:
    kind: int
    text: str = ""


@dataclass(slots=True)
class _Listed:
    """One slide or page of notes in a list of the document, with the texts of its outline."""

    identity: int
    place: int
    texts: list[_Text] = field(default_factory=list)


def read_ppt(data: bytes) -> Document:
    """Read each slide in the order of the show, with its notes; hidden ones are left out."""
    streams = OleStreams(data)
    stream = streams.stream("PowerPoint Document")
    if streams.has("EncryptedSummary"):
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
    places = _places(stream, streams.stream("Current User"))
    records = (_record(stream, offset) for offset in places.values())
    document = next((record for record in records if record.kind == _DOCUMENT), None)
    if document is None:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged presentation: it has no document")
    flow = Flow()
    notes = {one.identity: one for one in _listed(document.data, _NOTES)}
    for number, listed in enumerate(_listed(document.data, _SLIDES), start=1):
        slide = _record(stream, places.get(listed.place, len(stream)))
        if _is_hidden(slide.data):
            continue
        flow.begin_part(f"slide {number}", page=number)
        texts = list(_texts(slide.data, listed))
        title = next((one.text for one in texts if one.kind in _TITLES and one.text.strip()), "")
        flow.trail.enter(1, " ".join(title.split()))
        flow.heading(1, title)
        rest = [one.text for one in texts if one.text != title]
        atom = next((r for r in _records(slide.data) if r.kind == _SLIDE_ATOM), None)
        if atom is not None and len(atom.data) >= 20:
            noted = notes.get(struct.unpack_from("<I", atom.data, 16)[0])
            if noted is not None:
                page = _record(stream, places.get(noted.place, len(stream)))
                rest += [one.text for one in _texts(page.data, noted)]
        for text in rest:
            flow.paragraph(text)
    return flow.document(streams.title())


def _record(stream: bytes, offset: int) -> _Record:
    """The record at an offset; an empty one at the end."""
    if offset + 8 > len(stream):
        return _Record(0, 0, b"", False)
    head, kind, length = struct.unpack_from("<HHI", stream, offset)
    data = stream[offset + 8 : offset + 8 + length]
    return _Record(head >> 4, kind, data, head & 0xF == _CONTAINER)


def _records(data: bytes) -> Iterator[_Record]:
    """The records of a container, one level."""
    position = 0
    while position + 8 <= len(data):
        record = _record(data, position)
        yield record
        position += 8 + len(record.data)


def _below(data: bytes, depth: int = 0) -> Iterator[_Record]:
    """All records in a container, in order, each before those in it."""
    for record in _records(data):
        yield record
        if record.is_container and depth < _DEEPEST:
            yield from _below(record.data, depth + 1)


def _places(stream: bytes, user: bytes) -> dict[int, int]:
    """The offsets of the persistent objects; a later edit's count (2.1.2)."""
    places: dict[int, int] = {}
    edit = struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0
    for _ in range(_MOST_EDITS):
        record = _record(stream, edit)
        if record.kind != _EDIT or len(record.data) < 16:
            break
        before, listing = struct.unpack_from("<II", record.data, 8)
        for number, offset in _listed_places(_record(stream, listing).data):
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


def _listed(document: bytes, kind: int) -> Iterator[_Listed]:
    """The slides, or pages of notes, of the document in their order."""
    for found in _records(document):
        if found.kind == _LIST and found.instance == kind:
            current: _Listed | None = None
            for record in _records(found.data):
                if record.kind == _SLIDE_OF_LIST and len(record.data) >= 16:
                    if current is not None:
                        yield current
                    place, _, _, identity = struct.unpack_from("<IIiI", record.data)
                    current = _Listed(identity, place)
                elif current is not None:
                    _add(current.texts, record)
            if current is not None:
                yield current


def _add(texts: list[_Text], record: _Record) -> None:
    """Take the kind of a text, or its words."""
    if record.kind == _HEADINGS and len(record.data) >= 4:
        texts.append(_Text(struct.unpack_from("<I", record.data)[0]))
    elif record.kind in (_WIDE_TEXT, _NARROW_TEXT):
        if not texts:
            texts.append(_Text(-1))
        codec = "utf-16-le" if record.kind == _WIDE_TEXT else "latin-1"
        texts[-1].text += record.data.decode(codec, "replace").translate(_SHOWN)


def _is_hidden(slide: bytes) -> bool:
    info = next((record for record in _records(slide) if record.kind == _SLIDE_INFO), None)
    if info is None or len(info.data) < 12:
        return False
    return bool(struct.unpack_from("<H", info.data, 10)[0] & _HIDDEN)


def _texts(slide: bytes, listed: _Listed) -> Iterator[_Text]:
    """The texts of a slide's shapes, and those that stand in the outline only."""
    used: set[int] = set()
    for shape in _below(slide):
        if shape.kind == _SHAPE:
            records = list(_below(shape.data))
            if not any(r.kind == _PLACEHOLDER and r.data[4:5] in _FURNITURE for r in records):
                yield from _shape_texts(records, listed, used)
    yield from (text for at, text in enumerate(listed.texts) if at not in used)


def _shape_texts(records: list[_Record], listed: _Listed, used: set[int]) -> Iterator[_Text]:
    texts: list[_Text] = []
    for record in records:
        if record.kind == _OUTLINE and len(record.data) >= 4:
            (at,) = struct.unpack_from("<I", record.data)
            if at < len(listed.texts):
                used.add(at)
                yield listed.texts[at]
        else:
            _add(texts, record)
    if any(record.kind in _FILLED_IN for record in records):  # an asterisk stands for each
        texts = [_Text(text.kind, text.text.replace("*", "")) for text in texts]
    yield from texts
    for options in records:
        if options.kind == _SHAPE_OPTIONS:
            yield _Text(-1, _description(options))


def _description(options: _Record) -> str:
    """A shape's alternative text; long properties follow the fixed ones (MS-ODRAW, 2.2.9)."""
    position = 6 * options.instance
    for at in range(options.instance):
        if 6 * at + 6 > len(options.data):
            break
        code, size = struct.unpack_from("<HI", options.data, 6 * at)
        if code == _DESCRIPTION:
            words = options.data[position : position + size]
            return words.decode("utf-16-le", "replace").rstrip("\0")
        if code & 0x8000:
            position += size
    return ""

"""Presentations of PowerPoint 97-2003 (MS-PPT) to blocks, slide by slide."""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from semsearch.documents.document import Document
from semsearch.documents.readers import ppt_file
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.embedded import object_rows
from semsearch.documents.readers.office_art import Shown, shown_by
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.ppt_file import Listed, Record, Text, below, record_at, records_of
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_FILLED_IN: Final = frozenset({0x0FD8, 0x0FF7, 0x0FF8, 0x0FF9, 0x0FFA})  # numbers, dates, footers
_TITLES: Final = frozenset({0, 6})  # kinds of text: title, centred title
# Placeholders of dates, numbers of slides, headers and pictures of slides (2.13.21).
_FURNITURE: Final = frozenset(bytes([kind]) for kind in (0x05, 0x07, 0x08, 0x0A, 0x0B))
_HIDDEN: Final = 0x0004  # of a slide in the show
_MASTER_SHOWN: Final = 0x0001  # the shapes of the master are on the slide
_FOOTER_SHOWN: Final = 0x0020
_FOOTER: Final = 2  # the string of this instance


def read_ppt(data: bytes) -> Document:
    """Read each slide in the order of the show, with its notes; hidden ones are left out."""
    return read_ppt_streams(OleStreams(data))


def read_ppt_streams(streams: OleStreams) -> Document:
    """Read a presentation by its streams, as ``read_ppt`` does."""
    if streams.has("EncryptedSummary"):
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
    flow = Flow()
    show = _Show(streams, flow)
    show.read()
    return flow.document(streams.title(), show.unread.reason)


class _Show:
    """Reads the slides; what is the same on several is read with the first of them."""

    def __init__(self, streams: OleStreams, flow: Flow) -> None:
        self._flow = flow
        self._stream = streams.stream("PowerPoint Document")
        self._places = ppt_file.places_of(self._stream, streams.stream("Current User"))
        objects = (record_at(self._stream, offset) for offset in self._places.values())
        document = next((found for found in objects if found.kind == ppt_file.DOCUMENT), None)
        if document is None:
            detail = "damaged presentation: it has no document"
            raise DocumentUnreadable(ReasonCode.DAMAGED, detail)
        self._document = document.data
        self._notes = self._listed(ppt_file.NOTES)
        self._masters = self._listed(ppt_file.MASTERS)
        self._repeated: set[str] = set()
        self._masters_read: set[int] = set()
        self._objects = dict(ppt_file.objects_of(self._document))
        self.unread = UnreadParts()

    def _listed(self, kind: int) -> dict[int, Listed]:
        return {one.identity: one for one in ppt_file.listed_in(self._document, kind)}

    def read(self) -> None:
        """Add all slides that are shown."""
        slides = ppt_file.listed_in(self._document, ppt_file.SLIDES)
        for number, listed in enumerate(slides, start=1):
            slide = self._object(listed)
            if not _is_hidden(slide):
                self._flow.begin_part(f"slide {number}", page=number)
                self._slide(slide, listed)

    def _object(self, listed: Listed) -> bytes:
        place = self._places.get(listed.place, len(self._stream))
        return record_at(self._stream, place).data

    def _slide(self, slide: bytes, listed: Listed) -> None:
        texts = list(_texts(slide, listed))
        title = next((one.text for one in texts if one.kind in _TITLES and one.text.strip()), "")
        self._flow.trail.enter(1, " ".join(title.split()))
        self._flow.heading(1, title)
        for one in texts:
            if one.text != title:
                self._flow.paragraph(one.text)
        for record in below(slide):
            if record.kind == ppt_file.OBJECT_REFERENCE:
                self._flow.paragraph("\n".join(self._object_rows(record)))
        self._footers(slide)
        atom = next((r.data for r in records_of(slide) if r.kind == ppt_file.SLIDE_ATOM), b"")
        if len(atom) >= 22:
            master, notes, flags = struct.unpack_from("<IIH", atom, 12)
            if flags & _MASTER_SHOWN:
                self._master(master)
            if notes in self._notes:
                noted = self._notes[notes]
                for one in _texts(self._object(noted), noted):
                    self._flow.paragraph(one.text)
        for record in below(slide):
            if record.kind == ppt_file.COMMENT:
                said = ppt_file.strings_of(record.data)
                words = (said.get(0, ""), said.get(1, ""))
                self._flow.paragraph(": ".join(filter(None, words)))

    def _object_rows(self, reference: Record) -> list[str]:
        """The rows of text of an object of another program."""
        place = self._objects.get(int.from_bytes(reference.data[:4], "little"))
        offset = self._places.get(place or 0)
        if offset is None:
            return []
        try:
            data = ppt_file.stored_object(record_at(self._stream, offset))
        except DocumentUnreadable as error:
            self.unread.add_failure("an embedded object", error)
            return []
        return object_rows(data, self.unread)

    def _master(self, identity: int) -> None:
        """Add the fixed texts of a master, with the first slide that shows them."""
        if identity in self._masters and identity not in self._masters_read:
            self._masters_read.add(identity)
            for text in _fixed_texts(self._object(self._masters[identity])):
                self._once(text)

    def _footers(self, slide: bytes) -> None:
        for footers in (r for r in records_of(slide) if r.kind == ppt_file.FOOTERS):
            shown = (r for r in records_of(footers.data) if r.kind == ppt_file.FOOTERS_SHOWN)
            flags = next(shown, None)
            if flags is not None and int.from_bytes(flags.data[2:4], "little") & _FOOTER_SHOWN:
                self._once(ppt_file.strings_of(footers.data).get(_FOOTER, ""))

    def _once(self, text: str) -> None:
        if text not in self._repeated:
            self._repeated.add(text)
            self._flow.paragraph(text)


def _is_hidden(slide: bytes) -> bool:
    info = next((r.data for r in records_of(slide) if r.kind == ppt_file.SLIDE_INFO), b"")
    return len(info) >= 12 and bool(struct.unpack_from("<H", info, 10)[0] & _HIDDEN)


def _shapes(slide: bytes) -> Iterator[tuple[list[Record], bytes]]:
    """The records of each shape of a slide, with the kind of its placeholder, if any."""
    for shape in below(slide):
        if shape.kind == ppt_file.SHAPE:
            records = list(below(shape.data))
            if any(shown.is_hidden for shown in _shown(records)):
                continue
            kinds = (r.data[4:5] for r in records if r.kind == ppt_file.PLACEHOLDER)
            yield records, next(kinds, b"")


def _texts(slide: bytes, listed: Listed) -> Iterator[Text]:
    """The texts of a slide's shapes, and those that stand in the outline only."""
    used: set[int] = set()
    for records, placeholder in _shapes(slide):
        if placeholder not in _FURNITURE:
            yield from _shape_texts(records, listed, used)
    yield from (text for at, text in enumerate(listed.texts) if at not in used)


def _fixed_texts(master: bytes) -> Iterator[str]:
    """The texts of a master that are on each slide: those of no placeholder."""
    for records, placeholder in _shapes(master):
        if not placeholder:
            for text in _shape_texts(records, Listed(0, 0), set()):
                yield text.text


def _shape_texts(records: list[Record], listed: Listed, used: set[int]) -> Iterator[Text]:
    texts: list[Text] = []
    for record in records:
        if record.kind == ppt_file.OUTLINE and len(record.data) >= 4:
            (at,) = struct.unpack_from("<I", record.data)
            if at < len(listed.texts):
                used.add(at)
                yield listed.texts[at]
        else:
            ppt_file.add_text(texts, record)
    if any(record.kind in _FILLED_IN for record in records):  # an asterisk stands for each
        texts = [Text(text.kind, text.text.replace("*", "")) for text in texts]
    yield from texts
    for shown in _shown(records):
        for words in shown.words:
            yield Text(-1, words)


def _shown(records: Iterable[Record]) -> Iterator[Shown]:
    """What the properties of a shape say of it."""
    for record in records:
        if record.kind == ppt_file.SHAPE_OPTIONS:
            yield shown_by(record.instance, record.data)

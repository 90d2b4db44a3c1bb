"""Zip packages that hold XML (Office, OpenDocument, EPUB), read without trust."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import reduce
from typing import Any, Final, cast
from xml.etree import ElementTree

from semsearch.documents.readers.headings import title_named
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

Element = ElementTree.Element

_MOST_MEMBERS: Final = 5_000
_MOST_BYTES: Final = 500_000_000  # bytes of all members, unpacked
_PROPERTIES: Final = (
    "docProps/core.xml",
    "meta.xml",
)  # members with the title, in OOXML and OpenDocument
_MOST_DIGITS: Final = 10  # of a number that counts or names a place
_DEFINITION: Final = b"<!ENTITY"  # in a DTD within the file; one that is only named is not fetched
_LARGE: Final = 10_000_000  # bytes; larger members must not exceed the compression ratio
_TIGHTEST: Final = 100
# LookupError and ValueError: the XML names an encoding that Python or expat does not know.
_NOT_PARSED: Final = (ElementTree.ParseError, LookupError, ValueError)
# What the standard library raises for members that are damaged, or packed in an unknown way.
NOT_UNPACKED: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, NotImplementedError, OSError, ValueError),
)
_CHUNK: Final = 1_000_000  # bytes that are parsed at a time
_OVERLAP: Final = 20  # bytes of the chunk before, in which a mark may begin


class Package:
    """The members of a zip file, each read into memory and never onto a disk."""

    def __init__(self, data: bytes) -> None:
        """Raises ``DocumentUnreadable`` for data that is no zip file, or a decompression bomb."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except NOT_UNPACKED as error:
            raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error
        members = self._zip.infolist()
        size = sum(member.file_size for member in members)
        is_tight = any(
            member.file_size > max(_LARGE, _TIGHTEST * member.compress_size) for member in members
        )
        if len(members) > _MOST_MEMBERS or size > _MOST_BYTES or is_tight:
            raise DocumentUnreadable(
                ReasonCode.TOO_LARGE_UNPACKED,
                f"it unpacks to {len(members)} parts of {size / 1e6:.0f} MB: more than a document"
                " may, or packed tighter than documents are",
            )
        if any(member.flag_bits & 1 for member in members):
            raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
        self.names = frozenset(member.filename for member in members)
        self._faults: list[Reason] = []  # why parts could not be read
        self.objects = UnreadParts()  # of other programs, that are not read

    def bytes_of(self, name: str) -> bytes:
        """Read a member, at most as long as declared; raises ``DocumentUnreadable`` otherwise."""
        try:
            with self._zip.open(name) as member:
                size = self._zip.getinfo(name).file_size
                data = member.read(size + 1)
        except KeyError as error:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: it has no {name}"
            ) from error
        except NOT_UNPACKED as error:
            raise _damaged_part(name, error) from error
        if len(data) > size:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: {name} is longer than it says"
            )
        return data

    def xml(self, name: str) -> Element:
        """Parse a member, as ``parsed_xml`` does."""
        return parsed_xml(name, self.bytes_of(name))

    def part(self, name: str) -> Element | None:
        """Parse a member that the text is readable without; None where it cannot be read."""
        if name not in self.names:
            return None
        try:
            return self.xml(name)
        except DocumentUnreadable as error:
            self.add_fault(error)
            return None

    def add_fault(self, error: DocumentUnreadable) -> None:
        """Note that a part is not read, without which the rest is."""
        if error.reason not in self._faults:
            self._faults.append(error.reason)

    @property
    def fault(self) -> Reason | None:
        """Why parts of the document are not read; None where all are."""
        objects = self.objects.reason
        faults = [*self._faults, *([] if objects is None else [objects])]
        return reduce(Reason.and_also, faults) if faults else None

    def elements(self, name: str, *tags: str) -> Iterator[Element]:
        """Yield the elements with these tags as their ends are read; the caller clears them.

        Raises ``DocumentUnreadable`` as ``xml`` does.
        """
        parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("end",))
        before = b""
        data = self.bytes_of(name)
        wanted: dict[str, bool] = {}  # by tag with its namespace: names are compared once
        try:
            for start in range(0, len(data), _CHUNK):
                chunk = data[start : start + _CHUNK]
                _refuse_entities(name, before + chunk)
                before = chunk[-_OVERLAP:]
                parser.feed(chunk)
                events = cast("Iterator[tuple[str, Element]]", parser.read_events())
                for _, element in events:
                    tag = element.tag
                    if tag not in wanted:
                        wanted[tag] = local(tag) in tags
                    if wanted[tag]:
                        yield element
            parser.close()
        except _NOT_PARSED as error:
            raise _damaged_part(name, error) from error

    def title(self) -> str | None:
        """Return the title in the file's properties; None without one."""
        for name in _PROPERTIES:
            if name in self.names:
                with suppress(DocumentUnreadable):  # the text is complete without it
                    named = (e.text for e in self.xml(name).iter() if local(e.tag) == "title")
                    return title_named(next(named, None) or "")
        return None


def parsed_xml(name: str, data: bytes) -> Element:
    """Parse XML without own entities: a few bytes can stand for gigabytes.

    A DTD that is only named is not fetched. Raises ``DocumentUnreadable``, which says the name.
    """
    _refuse_entities(name, data)
    try:
        return ElementTree.fromstring(data)  # noqa: S314  # it defines no entity
    except _NOT_PARSED as error:
        raise _damaged_part(name, error) from error


def _refuse_entities(name: str, data: bytes) -> None:
    if _DEFINITION in data.replace(b"\0", b""):  # also in UTF-16
        raise DocumentUnreadable(
            ReasonCode.ENTITIES, f"{name} defines its own entities, which are not expanded"
        )


def _damaged_part(name: str, error: Exception) -> DocumentUnreadable:
    return DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {name}: {error}")


def local(tag: str) -> str:
    """Return a tag without its namespace: OOXML and OpenDocument have several for each tag."""
    return tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str | None:
    """Return an attribute, whatever its namespace."""
    return next((value for key, value in element.items() if local(key) == name), None)


def whole(text: str | None) -> int | None:
    """Return the number that digits are; None for other text, and for too many digits."""
    return int(text) if text and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def nearest_by(
    children: Callable[[Element], Iterator[Element]],
    element: Element,
    names: Collection[str],
    skipped: Collection[str],
) -> Iterator[Element]:
    """Yield the nearest descendants with these names, in order, none below those ``skipped``.

    ``children`` yields the children that a format shows.
    """
    stack = [children(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif local(child.tag) in names:
            yield child
        elif local(child.tag) not in skipped:
            stack.append(children(child))

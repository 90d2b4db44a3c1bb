"""Zip packages with XML in them (Office, OpenDocument, EPUB), without trust in what they say."""

import io
import zipfile
from contextlib import suppress
from typing import Final
from xml.etree import ElementTree

from semsearch.documents.readers.headings import title_named
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

Element = ElementTree.Element

_MOST_MEMBERS: Final = 5_000
_MOST_BYTES: Final = 500_000_000  # of all members, unpacked
_PROPERTIES: Final = ("docProps/core.xml", "meta.xml")  # of OOXML and of OpenDocument
_LARGE: Final = 1_000_000  # bytes; above it a member may not be packed any tighter than
_TIGHTEST: Final = 100


class Package:
    """The members of a zip file, each read into memory and never onto a disk."""

    def __init__(self, data: bytes) -> None:
        """Raises ``DocumentUnreadable`` for what is no zip file, or one made to fill a disk."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
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

    def bytes_of(self, name: str) -> bytes:
        """A member, as long as it says it is; raises ``DocumentUnreadable`` where it is not."""
        try:
            with self._zip.open(name) as member:
                size = self._zip.getinfo(name).file_size
                data = member.read(size + 1)
        except KeyError as error:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: it has no {name}"
            ) from error
        if len(data) > size:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: {name} is longer than it says"
            )
        return data

    def xml(self, name: str) -> Element:
        """A member that is XML, without a DTD: with one, a few bytes can stand for gigabytes."""
        data = self.bytes_of(name)
        if b"<!DOCTYPE" in data.replace(b"\0", b""):  # in UTF-16, too
            raise DocumentUnreadable(
                ReasonCode.ENTITIES, f"{name} defines its own entities, which are not expanded"
            )
        try:
            return ElementTree.fromstring(data)  # noqa: S314  # it has no DTD
        except ElementTree.ParseError as error:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: {name}: {error}"
            ) from error

    def title(self) -> str | None:
        """What the file's properties say that it is called."""
        for name in _PROPERTIES:
            if name in self.names:
                with suppress(DocumentUnreadable):  # the text is whole without it
                    named = (e.text for e in self.xml(name).iter() if local(e.tag) == "title")
                    return title_named(next(named, None) or "")
        return None


def local(tag: str) -> str:
    """A tag without its namespace: those of OOXML and OpenDocument have several each."""
    return tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str | None:
    """An attribute, whatever its namespace."""
    return next((value for key, value in element.items() if local(key) == name), None)

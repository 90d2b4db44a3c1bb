"""Archives (zip, tar) as folders: each document in one is read, and cited by its path there.

An archive is unpacked in memory, never onto a disk. Names in it are words of citations and nothing
else: no file is opened by them.
"""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from semsearch.documents.document import Block, Document
from semsearch.documents.formats import format_of, is_image, is_secret
from semsearch.documents.readers.contained import placed
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.sniffer import is_tar
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.readers.zip_package import NOT_UNPACKED
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MOST_MEMBERS: Final = 20_000
_MOST_ENTRIES: Final = 1_000_000  # of a tar archive, with folders and links
_MOST_BYTES: Final = 500_000_000  # of all members, unpacked
_DEEPEST: Final = 3  # archives within archives
_BESIDE: Final = "__MACOSX"  # folder of resource forks, as the Finder packs them

Read = Callable[[bytes, str], Document]  # of content and name; raises DocumentUnreadable


class _Member(NamedTuple):
    name: str
    size: int  # bytes, as declared
    content: Callable[[], bytes]  # raises DocumentUnreadable


@dataclass(slots=True)
class Budget:
    """What may still be unpacked, of an archive and of those within it."""

    members: int = _MOST_MEMBERS
    size: int = _MOST_BYTES
    depth: int = 0

    def take(self, size: int) -> None:
        """Take a member of so many bytes, or raise ``DocumentUnreadable``."""
        if not self.members or size > self.size:
            raise DocumentUnreadable(
                ReasonCode.TOO_LARGE_UNPACKED,
                f"with it the archive unpacks to more than {_MOST_MEMBERS:,} documents or"
                f" {_MOST_BYTES / 1e6:.0f} MB",
            )
        self.members -= 1
        self.size -= size


@dataclass(slots=True)
class ArchiveReader:
    """Reads an archive and those within it by ``read``, which reads any document.

    ``reads_pictures`` says that it reads pictures, too.
    """

    read: Read
    reads_pictures: bool = False
    budget: Budget = field(default_factory=Budget)

    def document(self, data: bytes) -> Document:
        """Return the documents of an archive as one; hidden and secret files are left out.

        ``unread`` names those that cannot be read, or are too much. Raises ``DocumentUnreadable``
        for a damaged archive, and for one in which no document can be read.
        """
        if self.budget.depth == _DEEPEST:
            raise DocumentUnreadable(ReasonCode.ARCHIVE, "an archive too deep in others")
        self.budget.depth += 1
        blocks: list[Block] = []
        unread = UnreadParts()
        try:
            for member in _members(data, unread):
                if _is_left_out(member.name):
                    continue
                is_picture = self.reads_pictures and is_image(member.name)
                if format_of(member.name) is None and not is_picture:
                    unread.add_missing_reader(member.name)
                    continue
                try:
                    self.budget.take(member.size)
                    document = self.read(member.content(), member.name)
                except DocumentUnreadable as error:
                    unread.add_failure(member.name, error)
                    continue
                shown = " ".join(member.name.split())
                place = partial(_place, shown)
                blocks += (placed(block, (shown,), place) for block in document.blocks)
                unread.add_incomplete(member.name, document, member.size)
        finally:
            self.budget.depth -= 1
        if not blocks and unread.reason is not None:
            raise DocumentUnreadable(unread.reason.code, unread.reason.detail)
        if not blocks:
            raise DocumentUnreadable(ReasonCode.OTHER_TYPE, "an archive without documents")
        return Document(tuple(blocks), has_lines=False, unread=unread.reason)


def _members(data: bytes, unread: UnreadParts) -> list[_Member]:
    """The files of an archive by name, without what leads out of it: links and devices.

    ``unread`` is told where a tar archive breaks off.
    """
    try:
        members = list(_of_tar(data, unread)) if is_tar(data) else _of_zip(data)
    except NOT_UNPACKED as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged archive: {error}") from error
    return sorted(members, key=lambda member: member.name)


def _of_zip(data: bytes) -> list[_Member]:
    package = zipfile.ZipFile(io.BytesIO(data))
    return [
        _Member(_plain_path(info.filename), info.file_size, partial(_from_zip, package, info))
        for info in package.infolist()
        if not info.is_dir()
    ]


def _from_zip(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 1:
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
    try:
        with package.open(info) as file:
            return _whole(file.read(info.file_size + 1), info.file_size)
    except NOT_UNPACKED as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error


def _of_tar(data: bytes, unread: UnreadParts) -> Iterator[_Member]:
    """The members in front of the place, if any, at which the archive breaks off."""
    count = 0
    try:
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:")  # noqa: SIM115  # no file
        for info in archive:
            count += 1
            if count > _MOST_ENTRIES:
                unread.add_excess("its end", f"an archive of more than {_MOST_ENTRIES:,} entries")
                return
            if info.isreg():
                name = _plain_path(without_surrogates(info.name))
                yield _Member(name, info.size, partial(_from_tar, archive, info))
    except (tarfile.TarError, *NOT_UNPACKED) as error:
        damage = DocumentUnreadable(ReasonCode.DAMAGED, f"damaged archive: {error}")
        if not count:
            raise damage from error
        unread.add_failure("its end", damage)


def _from_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    try:
        file = archive.extractfile(info)
        return _whole(b"" if file is None else file.read(), info.size)
    except (tarfile.TarError, *NOT_UNPACKED) as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error


def _whole(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged file: it has not the declared size")
    return data


def _plain_path(name: str) -> str:
    """The name of a member without "." for the folder that it is in."""
    return "/".join(part for part in name.split("/") if part != ".")


def _is_left_out(name: str) -> bool:
    """Whether a member would not be looked at in a folder either."""
    parts = name.split("/")
    return is_secret(name) or parts[0] == _BESIDE or any(part.startswith(".") for part in parts)


def _place(member: str, within: str) -> str:
    """A place in an archive."""
    return f"› {member} {within}"

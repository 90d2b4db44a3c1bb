"""The parts of a DjVu file that tell of its pages: the directory, and the outline.

Structure: DjVu3 specification (2005), chapter 8: IFF chunks, of which some are compressed by BZZ.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from semsearch.documents.readers.headings import LONGEST_TITLE

MARK: Final = b"AT&TFORM"
_MOST_DIGITS: Final = 10  # of the number of a page
_ROOT: Final = 4  # offset of the root chunk, behind "AT&T"
_HEAD: Final = 8  # bytes of a chunk before its content: the name, the size
_BUNDLED: Final = 0x80  # DIRM: all files are in this one
_KIND: Final = 0x3F  # DIRM: the bits that tell of a file what it is
_PAGE: Final = 1
_HAS_NAME: Final = 0x80
_HAS_TITLE: Final = 0x40
_MOST_ENTRIES: Final = 10_000

Decompress = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class DjvuFile:
    """A DjVu file: whether it is whole, and its compressed directory and outline, if any.

    ``is_indirect`` holds for a file that only names the files of its pages.
    """

    is_whole: bool
    is_indirect: bool = False
    directory: bytes = b""
    files: int = 0
    outline: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> "DjvuFile":
        """Return what the chunks of some content tell; a damaged one tells less."""
        size = int.from_bytes(data[_ROOT + 4 : _ROOT + _HEAD], "big")
        is_whole = len(data) >= _ROOT + _HEAD + size
        chunks = dict(_chunks(data)) if data[12:16] == b"DJVM" else {}
        directory, outline = chunks.get(b"DIRM", b""), chunks.get(b"NAVM", b"")
        if len(directory) < 3:
            return cls(is_whole)
        files = int.from_bytes(directory[1:3], "big")
        is_indirect = not directory[0] & _BUNDLED
        places = 0 if is_indirect else 4 * files
        return cls(is_whole, is_indirect, directory[3 + places :], files, outline)

    def titles(self, decompress: Decompress) -> dict[int, list[tuple[int, str]]]:
        """(level, title) of the outline's entries, by their page (from 1); others are left out."""
        if not self.outline:
            return {}
        names = _pages_by_name(decompress(self.directory), self.files)
        entries: dict[int, list[tuple[int, str]]] = {}
        with suppress(struct.error):  # it breaks off: the entries before it hold
            for level, title, target in _entries(decompress(self.outline)):
                place = target.removeprefix("#")
                is_number = place.isascii() and place.isdigit() and len(place) <= _MOST_DIGITS
                page = int(place) if is_number else names.get(place, 0)
                title = " ".join(title.split())[:LONGEST_TITLE]
                if title and page > 0 and place != target:
                    entries.setdefault(page, []).append((level, title))
        return entries


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name and the content of each chunk that stands before the first page."""
    at = _ROOT + _HEAD + 4
    while at + _HEAD <= len(data) and data[at : at + 4] != b"FORM":
        start = at + _HEAD
        end = start + int.from_bytes(data[at + 4 : start], "big")
        yield data[at : at + 4], data[start:end]
        at = end + end % 2  # chunks begin at even places


def _pages_by_name(directory: bytes, files: int) -> dict[str, int]:
    """The number of each page (from 1), by its identifier, its file name and its title."""
    kinds = directory[3 * files : 4 * files]
    words = iter(directory[4 * files :].split(b"\0"))
    names: dict[str, int] = {}
    page = 0
    for kind in kinds:
        count = 1 + bool(kind & _HAS_NAME) + bool(kind & _HAS_TITLE)
        own = [next(words, b"").decode("utf-8", "replace") for _ in range(count)]
        if kind & _KIND == _PAGE:
            page += 1
            for name in own:
                names.setdefault(name, page)
    return names


def _entries(outline: bytes) -> Iterator[tuple[int, str, str]]:
    """The level, title and target of each entry; raises ``struct.error`` where it breaks off."""
    (count,) = struct.unpack_from(">H", outline)
    at = 2
    waiting: list[int] = []  # children that the open entries still have
    for _ in range(min(count, _MOST_ENTRIES)):
        while waiting and not waiting[-1]:
            waiting.pop()
        if waiting:
            waiting[-1] -= 1
        (children,) = struct.unpack_from(">B", outline, at)
        title, at = _text(outline, at + 1)
        target, at = _text(outline, at)
        yield len(waiting) + 1, title, target
        waiting.append(children)


def _text(data: bytes, at: int) -> tuple[str, int]:
    """The text at a place, and the place behind it."""
    high, low = struct.unpack_from(">BH", data, at)
    start, size = at + 3, (high << 16) + low
    return data[start : start + size].decode("utf-8", "replace"), start + size

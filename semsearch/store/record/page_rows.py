"""Read rows from the pages of a SQLite file, without its schema and its trees.

(https://www.sqlite.org/fileformat2.html, "B-tree Pages" and "Record Format".) A page of rows is a
leaf of a table's tree. In a whole file such a page belongs to a table or is free, so that all rows
are found without a root page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

Value = int | bytes | str | float | None

_LEAF: Final = 0x0D  # the type of a page of rows
_HEADER: Final = 100  # bytes before the first page's tree
_POINTERS: Final = 8  # offset of the cell pointers in a leaf
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes, by serial type
_FREE: Final = slice(32, 36), slice(36, 40)  # the first trunk page, and the number of free pages
_MOST_READ: Final = 8  # times the file's bytes: deleted and damaged rows may lead to others' pages


class PageRow(NamedTuple):
    """A row as it stands on its page; the column that is the rowid is None."""

    rowid: int
    values: tuple[Value, ...]


def rows_on_pages(file: bytes | memoryview, page: int, free: frozenset[int]) -> Iterator[PageRow]:
    """The rows on all pages of ``page`` bytes but the ``free`` ones.

    A row that cannot be decoded is left out, and so is one by which all rows together would be far
    larger than the file: many cells of a forged one may lead to the same pages.
    """
    pages = _Pages(file, page, _MOST_READ * len(file))
    for number in range(1, len(file) // page + 1):
        if number not in free:
            yield from _rows_of(pages, number)


def free_pages(file: bytes | memoryview, page: int) -> frozenset[int] | None:
    """The numbers of the free pages; None when their list is damaged."""
    trunk, count = (int.from_bytes(file[field]) for field in _FREE)
    pages = len(file) // page
    found: list[int] = []
    while trunk:
        if not 1 < trunk <= pages or len(found) >= count:
            return None
        at = (trunk - 1) * page
        following, leaves = (int.from_bytes(file[at + n : at + n + 4]) for n in (0, 4))
        if leaves > page // 4 - 2:
            return None
        found.append(trunk)
        numbers = memoryview(file)[at + 8 : at + 8 + 4 * leaves]
        found += [int.from_bytes(numbers[n : n + 4]) for n in range(0, 4 * leaves, 4)]
        trunk = following
    is_whole = len(found) == len(set(found)) == count and all(1 < free <= pages for free in found)
    return frozenset(found) if is_whole else None


@dataclass(slots=True)
class _Pages:
    """A file of pages of ``size`` bytes, and how many bytes of rows may still be read from it."""

    file: bytes | memoryview
    size: int
    left: int

    def claim(self, count: int) -> None:
        """Count bytes of a row before they are read; raises ``ValueError`` when none are left."""
        if count > self.left:
            raise ValueError("rows larger than the file")
        self.left -= count


def _rows_of(pages: _Pages, number: int) -> Iterator[PageRow]:
    file, page = pages.file, pages.size
    start = (number - 1) * page
    head = start + (_HEADER if number == 1 else 0)
    if file[head] != _LEAF:
        return
    cells = int.from_bytes(file[head + 3 : head + 5])
    for cell in range(min(cells, page // 2)):
        pointer = head + _POINTERS + 2 * cell
        at = int.from_bytes(file[pointer : pointer + 2])
        if not _POINTERS <= at < page:
            continue
        try:
            yield _row(pages, start + at, start + page)
        except (IndexError, ValueError):
            continue  # damaged


def _row(pages: _Pages, at: int, end: int) -> PageRow:
    size, at = _varint(pages.file, at)
    rowid, at = _varint(pages.file, at)
    if size > len(pages.file):
        raise ValueError("a row larger than the file")
    content = _payload(pages, at, end, size)
    return PageRow(rowid - (rowid >> 63 << 64), tuple(_values(content)))


def _payload(pages: _Pages, at: int, end: int, size: int) -> bytes:
    """The bytes of a row, of which a long one goes on in overflow pages, each of them once."""
    file, page = pages.file, pages.size
    most = page - 35
    if size <= most:
        here, left = size, 0
    else:
        least = (page - 12) * 32 // 255 - 23
        fitting = least + (size - least) % (page - 4)
        here = fitting if fitting <= most else least
        left = size - here
    if at + here + (4 if left else 0) > end:
        raise ValueError("a row beyond its page")
    pages.claim(here)
    parts = [bytes(file[at : at + here])]
    following = int.from_bytes(file[at + here : at + here + 4]) if left else 0
    seen: set[int] = set()
    while left > 0:
        start = (following - 1) * page
        if not 0 < start < len(file) or following in seen:
            raise ValueError("no overflow page")
        seen.add(following)
        pages.claim(min(left, page - 4))
        parts.append(bytes(file[start + 4 : start + 4 + min(left, page - 4)]))
        left -= page - 4
        following = int.from_bytes(file[start : start + 4])
    return b"".join(parts)


def _values(content: bytes) -> Iterator[Value]:
    end, at = _varint(content, 0)
    if end > len(content):
        raise ValueError("a header beyond its row")
    place = end
    while at < end:
        kind, at = _varint(content, at)
        length = _length(kind)
        if place + length > len(content):
            raise ValueError("a value beyond its row")
        yield _value(kind, content[place : place + length])
        place += length


def _length(kind: int) -> int:
    """The bytes of a value of a serial type."""
    if kind in _INTEGERS:
        return _INTEGERS[kind]
    if kind in (10, 11):
        raise ValueError("a type that is not used")
    return 8 if kind == 7 else 0 if kind < 12 else (kind - 12) // 2


def _value(kind: int, content: bytes) -> Value:
    if kind == 0:
        return None
    if kind in _INTEGERS:
        return int.from_bytes(content, signed=True)
    if kind == 7:
        return 0.0  # no table of semsearch has such a number
    if kind < 12:
        return kind - 8
    return content if kind % 2 == 0 else content.decode("utf-8", "replace")


def _varint(content: bytes | memoryview, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and the offset behind it."""
    number = 0
    for place in range(at, at + 8):
        byte = content[place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place + 1
    return number << 8 | content[at + 8], at + 9

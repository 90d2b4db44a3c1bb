"""Repair the first hundred bytes of the record, without which SQLite cannot open it.

(https://www.sqlite.org/fileformat2.html, "The Database Header".) All but a few counters are equal
in every record, so that a damaged header can be written again.
"""

import os
from pathlib import Path
from typing import BinaryIO, Final

from semsearch.errors import IndexDamaged
from semsearch.store.disk.atomic_files import storage_errors
from semsearch.store.record.rescue import has_free_list, has_semsearch_row
from semsearch.store.record.schema import APPLICATION_ID, FORMAT_VERSION, OLD_PAGE, PAGE

_LENGTH: Final = 100
_CONTENT = slice(_LENGTH + 5, _LENGTH + 7)  # offset of the first page's cell content area
_FIXED: Final = {
    0: b"SQLite format 3\0",
    18: bytes([2, 2, 0, 64, 32, 32]),  # WAL; no reserved bytes; payload fractions
    44: (4).to_bytes(4),  # schema format
    52: bytes(4),  # no auto-vacuum
    56: (1).to_bytes(4),  # UTF-8
    72: bytes(20),
}
_CHANGES, _PAGES, _FREE, _VALID_FOR = 24, 28, 32, 92
_VERSION, _APPLICATION, _PAGE_SIZE = 60, 68, 16
_EMPTY_TREE: Final = bytes([0x0D, 0, 0, 0, 0])  # a leaf without a row, but for its content's offset


def repair_header(record: Path) -> bool:
    """Write the header again if SQLite could not read it; returns whether that was needed.

    A damaged list of free pages is dropped; ``repair`` detects and fixes that. A header that
    differs only in the application id or the format version is left unchanged. Raises
    ``IndexDamaged`` for a file of another program, ``StorageFailed`` and ``DiskFull``.
    """
    with storage_errors(record), record.open("r+b") as file:
        start = file.read(OLD_PAGE).ljust(OLD_PAGE, b"\0")
        header = bytearray(start[:_LENGTH])
        page = _page_size(start)
        constant = {**_FIXED, _PAGE_SIZE: page.to_bytes(2)}
        pages = os.fstat(file.fileno()).st_size // page
        is_fixed = all(header[at : at + len(fixed)] == fixed for at, fixed in constant.items())
        # With pages in the log, the page count in the file may be older.
        is_counted = int.from_bytes(header[_PAGES : _PAGES + 4]) == pages or _has_log(record)
        if is_fixed and is_counted:
            return False
        _refuse_foreign(record, header, page, pages)
        for at, fixed in constant.items():
            header[at : at + len(fixed)] = fixed
        _put(header, _PAGES, pages)
        if not has_free_list(record, page):
            header[_FREE : _FREE + 8] = bytes(8)
        header[_VALID_FOR : _VALID_FOR + 4] = header[_CHANGES : _CHANGES + 4]
        _put(header, _APPLICATION, APPLICATION_ID)
        version = int.from_bytes(header[_VERSION : _VERSION + 4])
        _put(header, _VERSION, version if 1 <= version <= FORMAT_VERSION else FORMAT_VERSION)
        _write(file, header)
        return True


def empty_schema(record: Path) -> None:
    """Replace the schema by an empty one, behind a header that is whole.

    SQLite can then open the file and read its log; the rows stay on their pages. Raises
    ``IndexDamaged`` for a file of another program, ``StorageFailed`` and ``DiskFull``.
    """
    with storage_errors(record), record.open("r+b") as file:
        start = file.read(OLD_PAGE).ljust(OLD_PAGE, b"\0")
        page = _page_size(start)
        _refuse_foreign(record, start, page, os.fstat(file.fileno()).st_size // page)
        first = start[:_LENGTH] + _EMPTY_TREE + page.to_bytes(2)
        _write(file, first.ljust(page, b"\0"))


def format_of_header(record: Path) -> int:
    """The format version in the header; the current format when it is none that exists."""
    with record.open("rb") as file:
        version = int.from_bytes(file.read(_LENGTH)[_VERSION : _VERSION + 4])
    return version if 1 <= version <= FORMAT_VERSION else FORMAT_VERSION


def is_one_bit_from(number: int, right: int) -> bool:
    """Whether a number differs from the right one by one flipped bit."""
    return (number ^ right).bit_count() == 1


def _refuse_foreign(record: Path, start: bytes | bytearray, page: int, pages: int) -> None:
    """Raise ``IndexDamaged`` unless the id in the header, or a row's hash, is semsearch's."""
    found = int.from_bytes(start[_APPLICATION : _APPLICATION + 4])
    is_marked = found == APPLICATION_ID or is_one_bit_from(found, APPLICATION_ID)
    if not is_marked and not (pages and has_semsearch_row(record, page)):
        raise IndexDamaged(f"{record} is no semsearch index; move it away and run: semsearch index")


def _page_size(start: bytes) -> int:
    size = int.from_bytes(start[_PAGE_SIZE : _PAGE_SIZE + 2])
    if size in (PAGE, OLD_PAGE):
        return size
    # The schema fills a small part of a large page, but all of a small one.
    return PAGE if int.from_bytes(start[_CONTENT]) > OLD_PAGE else OLD_PAGE


def _write(file: BinaryIO, content: bytes | bytearray) -> None:
    file.seek(0)
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _has_log(record: Path) -> bool:
    log = record.with_name(f"{record.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _put(header: bytearray, at: int, number: int) -> None:
    header[at : at + 4] = number.to_bytes(4)

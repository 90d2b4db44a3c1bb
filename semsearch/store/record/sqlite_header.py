"""Repair the first hundred bytes of the record, without which SQLite cannot open it.

(https://www.sqlite.org/fileformat2.html, "The Database Header".) All but a few counters are equal
in every record, so that a damaged header can be written again.
"""

import os
from pathlib import Path
from typing import Final

from semsearch.store.disk.atomic_files import storage_errors
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
_VERSION, _APPLICATION = 60, 68


def repair_header(record: Path) -> bool:
    """Write the header again if SQLite could not read it; returns whether that was needed.

    The list of free pages is dropped; ``repair`` detects and fixes that. A header that differs only
    in the application id or the format version is left unchanged. Raises ``StorageFailed`` and
    ``DiskFull``.
    """
    with storage_errors(record), record.open("r+b") as file:
        start = file.read(OLD_PAGE).ljust(OLD_PAGE, b"\0")
        header = bytearray(start[:_LENGTH])
        # The schema fills a small part of a large page, but all of a small one.
        page = PAGE if int.from_bytes(start[_CONTENT]) > OLD_PAGE else OLD_PAGE
        constant = {**_FIXED, 16: page.to_bytes(2)}
        pages = os.fstat(file.fileno()).st_size // page
        is_fixed = all(header[at : at + len(fixed)] == fixed for at, fixed in constant.items())
        # With pages in the log, the page count in the file may be older.
        is_counted = int.from_bytes(header[_PAGES : _PAGES + 4]) == pages or _has_log(record)
        if is_fixed and is_counted:
            return False
        for at, fixed in constant.items():
            header[at : at + len(fixed)] = fixed
        _put(header, _PAGES, pages)
        header[_FREE : _FREE + 8] = bytes(8)
        header[_VALID_FOR : _VALID_FOR + 4] = header[_CHANGES : _CHANGES + 4]
        _put(header, _APPLICATION, APPLICATION_ID)
        version = int.from_bytes(header[_VERSION : _VERSION + 4])
        _put(header, _VERSION, version if 1 <= version <= FORMAT_VERSION else FORMAT_VERSION)
        file.seek(0)
        file.write(header)
        file.flush()
        os.fsync(file.fileno())
        return True


def _has_log(record: Path) -> bool:
    log = record.with_name(f"{record.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _put(header: bytearray, at: int, number: int) -> None:
    header[at : at + 4] = number.to_bytes(4)

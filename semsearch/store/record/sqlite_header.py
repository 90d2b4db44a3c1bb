"""Repair the first hundred bytes of the record, without which SQLite cannot open it.

(https://www.sqlite.org/fileformat2.html, "The Database Header".) All but a few counters are equal
in every record, so that a damaged header can be written again.
"""

import os
from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.safe_open import open_regular
from semsearch.store.disk.atomic_files import storage_errors
from semsearch.store.record.schema import APPLICATION_ID, FORMAT_VERSION, OLD_PAGE, PAGE, TABLES

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
_SEARCHED: Final = 1 << 20  # bytes at the start of a file with a damaged header
_ENOUGH: Final = 0.75  # share of the constant bytes of the header
_OF_MARK: Final = 3  # bytes of the application id; one may be damaged
_TABLES: Final = 4  # definitions of tables


def require_own(record: Path) -> None:
    """Raise ``IndexDamaged`` unless a file begins as a record of semsearch does; reads only.

    A damaged header does not count as ours: only ``repair`` may write to such a file.
    """
    start = _beginning(record, _LENGTH)
    if not start:
        raise IndexMissing(f"the index in {record.parent} is empty; run: semsearch index FOLDER")
    if not start.startswith(_FIXED[0]):
        raise IndexDamaged(
            f"the index {record} is damaged (its header), or is none; run: semsearch repair"
        )
    if int.from_bytes(start[_APPLICATION : _APPLICATION + 4]) != APPLICATION_ID:
        raise IndexDamaged(f"{record} is no semsearch index; move it away and run: semsearch index")


def require_repairable(record: Path) -> None:
    """Raise ``IndexDamaged`` unless a damaged file is told to be a record of semsearch; reads only.

    It is told by three quarters of the constant bytes of the header, or by the definitions of some
    tables in the first pages. Another program's database, or a text, is none.
    """
    start = _beginning(record, _SEARCHED).ljust(_LENGTH, b"\0")
    own = {**_FIXED, _APPLICATION: APPLICATION_ID.to_bytes(4)}
    is_own = {
        at + i: start[at + i] == byte for at, some in own.items() for i, byte in enumerate(some)
    }
    is_marked = sum(is_own[_APPLICATION + i] for i in range(4)) >= _OF_MARK
    is_header = is_marked and sum(is_own.values()) >= _ENOUGH * len(is_own)
    is_other = start.startswith(_FIXED[0]) and not is_marked
    tables = sum(f"CREATE TABLE {name} (".encode() in start for name in TABLES)
    if is_other or not (is_header or tables >= _TABLES):
        raise IndexDamaged(
            f"{record} is no semsearch index, as far as it can be read; nothing was changed: move"
            " it away and run: semsearch index"
        )


def _beginning(record: Path, count: int) -> bytes:
    try:
        with open_regular(record) as file:
            return file.read(count)
    except OSError as error:
        raise IndexDamaged(f"the index {record} cannot be read ({error.strerror})") from error


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

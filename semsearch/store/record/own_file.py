"""Tell whether a file is a record of semsearch, before a byte of it is written.

An index directory may come from somebody else, and the file in the record's place may be a text of
the user or another program's database.
"""

from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.safe_open import open_regular
from semsearch.store.record.schema import APPLICATION_ID, TABLES

# https://www.sqlite.org/fileformat2.html, "The Database Header"; these bytes are in every record.
_LENGTH: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION: Final = 68  # offset
_FIXED: Final = {
    0: _MAGIC,
    18: bytes([2, 2, 0, 64, 32, 32]),
    44: (4).to_bytes(4),
    52: bytes(4),
    56: (1).to_bytes(4),
    _APPLICATION: APPLICATION_ID.to_bytes(4),
    72: bytes(20),
}
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
    if not start.startswith(_MAGIC):
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
    is_own = {
        at + i: start[at + i] == byte for at, some in _FIXED.items() for i, byte in enumerate(some)
    }
    is_marked = sum(is_own[_APPLICATION + i] for i in range(4)) >= _OF_MARK
    is_header = is_marked and sum(is_own.values()) >= _ENOUGH * len(is_own)
    is_other = start.startswith(_MAGIC) and not is_marked
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

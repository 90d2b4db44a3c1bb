"""Tell whether a file is a record of semsearch, before a byte of it is written.

An index directory may come from somebody else, and the file in the record's place may be a text of
the user or another program's database.
"""

from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.safe_open import open_regular
from semsearch.store.record.schema import APPLICATION_ID
from semsearch.store.record.sqlite import HEADER_LENGTH

# https://www.sqlite.org/fileformat2.html, "The Database Header".
_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION: Final = 68  # offset


def require_own(record: Path) -> None:
    """Raise ``IndexDamaged`` unless a file begins as a record of semsearch does; reads only.

    A damaged header does not count as ours: only ``repair`` may write to such a file.
    """
    start = _beginning(record, HEADER_LENGTH)
    if not start:
        raise IndexMissing(f"{record} is empty; move it away and run: semsearch index FOLDER")
    if len(start) < HEADER_LENGTH:
        raise IndexDamaged(
            f"the index {record} is damaged (cut short); move it away and run: semsearch index"
        )
    if not start.startswith(_MAGIC):
        raise IndexDamaged(
            f"the index {record} is damaged (its header), or is none; run: semsearch repair"
        )
    if int.from_bytes(start[_APPLICATION : _APPLICATION + 4]) != APPLICATION_ID:
        raise IndexDamaged(f"{record} is no semsearch index; move it away and run: semsearch index")


def _beginning(record: Path, count: int) -> bytes:
    try:
        with open_regular(record) as file:
            return file.read(count)
    except OSError as error:
        raise IndexDamaged(f"the index {record} cannot be read ({error.strerror})") from error

"""Disk space: enough of it before anything is paid for, and a reserve for what has been paid."""

import os
import shutil
from pathlib import Path
from typing import Final

from semsearch.errors import DiskFull
from semsearch.store.disk.atomic_files import storage_error, temporary_beside

_RESERVE: Final = 4 << 20  # bytes: the vectors of several requests, and SQLite's log of them
_MARGIN: Final = 16 << 20  # bytes: the log, what is derived from few texts
_ROW: Final = 300  # bytes of a passage's, a text's and a vector's row beside their contents
_STORED: Final = 2  # bytes of a number in the record
_DERIVED: Final = 4  # and in the ANN file


class Reserve:
    """A file that is given up when the disk is full, so that paid vectors still have a place."""

    def __init__(self, directory: Path) -> None:
        """Take the space; raises ``DiskFull`` when it is not there."""
        self._path = temporary_beside(directory / "reserve")
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(descriptor, 0, _RESERVE)
                else:
                    os.write(descriptor, bytes(_RESERVE))
            finally:
                os.close(descriptor)
        except OSError as error:
            self.give_up()
            raise storage_error(error, directory) from error

    def give_up(self) -> bool:
        """Free the space; False when that was done before, or the disk does not do it."""
        try:
            self._path.unlink()
        except OSError:
            return False  # the next writer sweeps what is left
        return True


def require_space(directory: Path, texts: int, characters: int, dimension: int) -> None:
    """Raise ``DiskFull``, with what is missing, unless so many new texts have room.

    ``characters`` is the length of all of them; ``dimension`` that of a vector.
    """
    needed = _MARGIN + 2 * characters + texts * (_ROW + (_STORED + _DERIVED) * dimension)
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise DiskFull(
            f"the disk of {directory} has {free / 1e6:.0f} MB free, the index needs about"
            f" {needed / 1e6:.0f} MB; free {(needed - free) / 1e6:.0f} MB or name another place"
            " with --index; nothing was embedded"
        )

"""Disk space: checked before a run pays for vectors, with a reserve for vectors paid for."""

import os
import shutil
from pathlib import Path
from typing import Final

from semsearch.errors import DiskFull
from semsearch.store.disk.atomic_files import storage_error, temporary_beside

_RESERVE: Final = 4 << 20  # bytes: the vectors of several requests, with SQLite's log
_MARGIN: Final = 16 << 20  # bytes: the log, and the derived files of few texts
_ROW: Final = 300  # bytes of the rows of a passage, a text and a vector, without their content
_STORED: Final = 2  # bytes for each dimension in the record
_DERIVED: Final = 4  # bytes for each dimension in the ANN file


class Reserve:
    """A file that is removed when the disk is full, so that vectors paid for still fit."""

    def __init__(self, directory: Path) -> None:
        """Allocate the file; raises ``DiskFull``."""
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
        """Remove the file; returns False when it is removed already, or cannot be."""
        try:
            self._path.unlink()
        except OSError:
            return False  # the next writer removes it
        return True


def require_space(directory: Path, texts: int, characters: int, dimension: int) -> None:
    """Raise ``DiskFull``, with the missing space, unless ``texts`` new texts fit.

    ``characters`` is their total length, ``dimension`` the length of a vector.
    """
    needed = _MARGIN + 2 * characters + texts * (_ROW + (_STORED + _DERIVED) * dimension)
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise DiskFull(
            f"the disk of {directory} has {free / 1e6:.0f} MB free, the index needs about"
            f" {needed / 1e6:.0f} MB; free {(needed - free) / 1e6:.0f} MB or name another place"
            " with --index; nothing was embedded"
        )

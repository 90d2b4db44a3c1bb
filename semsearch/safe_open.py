"""Open files safely, in folders that other users may change at the same time."""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Final


def _flags(*names: str) -> int:
    flags = os.O_RDONLY
    for name in names:
        flags |= getattr(os, name, 0)  # some flags are missing on some systems
    return flags


# NONBLOCK: opening a pipe must not block.
_FILE: Final = _flags("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
_FOLDER: Final = _flags("O_CLOEXEC", "O_DIRECTORY")
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


class NotRegular(OSError):
    """A folder, pipe, socket or device stands where a file was expected."""


def open_regular(path: Path, *, follows_links: bool = False) -> BufferedReader:
    """Open a regular file; raises ``NotRegular`` for anything else, and ``OSError``."""
    return _checked(os.open(path, _FILE if follows_links else _FILE | _NO_LINK))


def open_below(folder: Path, path: str) -> BufferedReader:
    """Open a regular file below ``folder``; ``path`` has ``/`` between its names.

    Symbolic links are not followed on any part of the path, because a folder may have been replaced
    by a link since the walk. Raises ``NotRegular`` and ``OSError``.
    """
    if os.open not in os.supports_dir_fd:  # Windows; the walk has skipped links
        return open_regular(folder / path)
    *folders, name = path.split("/")
    descriptor = os.open(folder, _FOLDER)
    try:
        for part in folders:
            below = os.open(part, _FOLDER | _NO_LINK, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        return _checked(os.open(name, _FILE | _NO_LINK, dir_fd=descriptor))
    finally:
        os.close(descriptor)


def _checked(descriptor: int) -> BufferedReader:
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise NotRegular("it is no regular file")

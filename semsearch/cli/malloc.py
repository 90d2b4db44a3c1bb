"""Memory allocation of the C library."""

import ctypes
import sys
from typing import Final

_M_ARENA_MAX: Final = -8  # malloc.h of glibc
_ARENAS: Final = 2


def keep_together() -> None:
    """Limit glibc to two memory arenas for all threads.

    Each request runs in threads of its own, and glibc gives threads up to eight arenas per
    processor, none of which shrinks: over 200,000 passages memory grew from 150 to 370 MB. The
    limit holds for the whole process, so a command sets it, not the library. Other C libraries have
    no arenas.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_ARENA_MAX, _ARENAS)

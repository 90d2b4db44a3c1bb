"""How the C library hands out memory."""

import ctypes
import sys
from typing import Final

_M_ARENA_MAX: Final = -8  # malloc.h of glibc
_ARENAS: Final = 2


def keep_together() -> None:
    """Let all threads share two pools of memory.

    Each request has threads of its own, and glibc gives threads up to eight pools a processor, each
    of which keeps what it once had: over 200,000 passages that made 370 MB of 150. The setting is
    the whole process's, so that a command makes it and the library does not. Other C libraries
    have no such pools.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_ARENA_MAX, _ARENAS)

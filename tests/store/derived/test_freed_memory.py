"""Memory that is freed goes back to the system."""

import ctypes
import platform
import sys
from pathlib import Path

import pytest

from semsearch.store.derived.freed_memory import give_back

BLOCK = 64 << 10  # bytes: less than what malloc maps one by one
BLOCKS = 1_000


def resident() -> int:
    """Resident memory of this process that is no file, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("RssAnon:")[2].split()[0])


@pytest.mark.skipif(sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="no glibc")
def test_freed_blocks_below_a_used_one_are_given_back() -> None:
    """The C library keeps them by itself, as its heap shrinks from the top only."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    blocks = [libc.malloc(BLOCK) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK)
    for block in blocks[:-1]:
        libc.free(block)
    kept = resident()
    give_back()
    assert kept - resident() > BLOCKS * BLOCK * 0.8
    libc.free(blocks[-1])

"""No network for reader processes: a filter of their system calls, on Linux.

The filter is the kernel's (seccomp(2), "Filter mode"): a process that a document has taken over
cannot remove it, nor can the programs that it starts.
"""

import ctypes
import errno
import platform
import struct
import sys
from typing import Final

_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS, prctl(2); required to install a filter
_SET_FILTER: Final = (22, 2)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER

# By machine: AUDIT_ARCH_… of linux/audit.h and the number of socket(2).
_MACHINES: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_IO_URING_SETUP: Final = 425  # on both architectures; io_uring could create sockets, too
_X32: Final = 0x40000000  # first number of the x32 system calls of x86-64

# linux/bpf_common.h and linux/seccomp.h
_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_network() -> bool:
    """Let this process and its children make no socket; False where that is not possible.

    It is possible on Linux on x86-64 and ARM64, where the kernel has filters.
    """
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    filter_ = _filter(*known)
    program = _Program(len(filter_) // 8, filter_)
    control = ctypes.CDLL(None).prctl
    if control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not control(*_SET_FILTER, ctypes.byref(program), 0, 0)


def _filter(architecture: int, socket: int) -> bytes:
    """Instructions (code, jump if true, jump if false, operand) that refuse some system calls."""
    return b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, _ARCHITECTURE),
            (_IF_EQUAL, 0, 5, architecture),
            (_LOAD, 0, 0, _NUMBER),
            (_IF_AT_LEAST, 3, 0, _X32),
            (_IF_EQUAL, 2, 0, socket),
            (_IF_EQUAL, 1, 0, _IO_URING_SETUP),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _REFUSE),
        )
    )

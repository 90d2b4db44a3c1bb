"""No files for reader processes, but the one that they are given: Landlock, on Linux.

The rules are the kernel's (landlock(7)): a process that a document has taken over cannot remove
them, nor can the programs that it starts. What Python, its packages and OCR need can be read;
nothing can be written. A process under Landlock cannot look into its parent either.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from semsearch.documents.formats import programs
from semsearch.documents.readers.ocr import PROGRAMS
from semsearch.settings.child_environments import reader_environment

# linux/landlock.h; the numbers of the system calls are the same on every architecture
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH: Final = 1  # LANDLOCK_RULE_PATH_BENEATH
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_ACCESSES: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_SCOPES: Final = (6, 3)  # since this version: no abstract sockets, no signals to others
_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS, prctl(2)
_NOT_DUMPABLE: Final = 4  # PR_SET_DUMPABLE

_SYSTEM: Final = (
    "/usr", "/lib", "/lib64", "/bin", "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/fonts",
    "/etc/localtime", "/etc/alternatives", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo",
    "/sys/devices/system/cpu",
)  # fmt: skip
# Exit status of a process that the kernel does not keep from files although it could.
UNCONFINED: Final = 71  # EX_OSERR of sysexits.h
_NULL: Final = "/dev/null"
# Where Debian and others keep fonts and settings that Ghostscript's data refers to.
_OF_GHOSTSCRIPT: Final = ("/var/lib/ghostscript", "/etc/ghostscript")
_BESIDE_PROGRAMS: Final = ("lib", "lib64", "share")  # where a program's prefix has its data


class _Ruleset(ctypes.Structure):
    """``struct landlock_ruleset_attr``."""

    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """``struct landlock_path_beneath_attr``."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def has_landlock() -> bool:
    """Whether the kernel can keep a process from files."""
    return sys.platform == "linux" and _version(ctypes.CDLL(None, use_errno=True)) >= 1


def _version(library: ctypes.CDLL) -> int:
    """The version of the kernel's Landlock; below 1 without it."""
    return int(library.syscall(_CREATE, None, 0, _VERSION))


def refuse_files(readable: Iterable[str] = ()) -> bool:
    """Let this process and its children open no file but those of Python and the system.

    Files that are open already stay so. ``readable`` are other paths that may be read and started.
    False where the kernel has no Landlock; then nothing is changed.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    version = _version(library)
    if version < 1:
        return False
    handled = max(bits for since, bits in _ACCESSES.items() if since <= version)
    since, scopes = _SCOPES
    rules = _Ruleset(handled, 0, scopes if version >= since else 0)
    size = ctypes.sizeof(rules) if version >= since else ctypes.sizeof(ctypes.c_uint64)
    ruleset = library.syscall(_CREATE, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    try:
        for path in {os.path.realpath(path) for path in (*_of_python(), *readable)}:
            _allow(library, ruleset, path, _READ_FILE | _READ_FOLDER | _EXECUTE)
        _allow(library, ruleset, _NULL, _READ_FILE | _WRITE_FILE)
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            return False
        return not library.syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def hide_environment() -> bool:
    """Let no process of this user, but root's, read this one's memory and environment.

    So that a reader cannot, where the kernel has no Landlock. Debuggers cannot attach either, and
    there is no core dump.
    """
    if sys.platform != "linux":
        return False
    return not ctypes.CDLL(None).prctl(_NOT_DUMPABLE, 0, 0, 0, 0)


def _allow(library: ctypes.CDLL, ruleset: int, path: str, accesses: int) -> None:
    with suppress(OSError):  # it is not there
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                accesses &= ~_READ_FOLDER
            rule = _Beneath(accesses, descriptor)
            library.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)


def places_of(programs: Iterable[str]) -> Iterator[str]:
    """The paths that programs are read from, with their libraries and data, where installed."""
    import shutil  # here: a reader process starts without it

    for found in map(shutil.which, programs):
        if found is not None:
            place = Path(found).resolve().parent
            yield from (str(place), *(str(place.parent / name) for name in _BESIDE_PROGRAMS))


def _of_python() -> Iterator[str]:
    """Paths that Python and its packages are read from."""
    yield from _SYSTEM
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix)
    for folder in sys.path:
        if folder:
            yield folder
            yield from _linked(folder)
    yield str(Path(__file__).parents[2])


def _linked(folder: str) -> Iterator[str]:
    """Packages that an installer has linked into a folder of packages."""
    with suppress(OSError), os.scandir(folder) as entries:
        yield from (entry.path for entry in entries if entry.is_symlink())


def places_of_programs(*, with_ocr: bool) -> Iterator[str]:
    """The paths that the programs of readers, and of OCR with its languages, are read from."""
    yield from places_of(programs())
    yield from _OF_GHOSTSCRIPT
    if not with_ocr:
        return
    yield from places_of(PROGRAMS)
    if (data := reader_environment().get("TESSDATA_PREFIX")) is not None:
        yield data

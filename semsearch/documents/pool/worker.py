"""The reader process: ``python -m semsearch.documents.pool.worker``.

It receives one file after another on standard input and answers on standard output. Its resources
are limited, since a file may have been made to crash, hang or fill its reader; then the process is
lost, and with it this one file.
"""

import json
import mimetypes
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Final

from semsearch.documents.pool.file_sandbox import UNCONFINED, has_landlock, refuse_files
from semsearch.documents.pool.protocol import (
    packed,
    packed_absence,
    packed_failure,
    packed_page_count,
)
from semsearch.documents.pool.sandbox import refuse_network
from semsearch.documents.readers.child_process import end_with_parent, processor_seconds
from semsearch.documents.readers.pdf_readers import first_alone
from semsearch.documents.readers.reader import (
    TOO_MUCH_MEMORY,
    page_count_of,
    read_open_document,
)
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.safe_open import open_below

_GETS_FILES: Final = hasattr(socket, "recv_fds")
_PIECE: Final = 1 << 16  # bytes
_MOST_FILES: Final = 64  # files open at once
_LARGE: Final = 0.5  # share of the memory limit above which a process ends after its file


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent process
    memory = int(sys.argv[1])
    confine(memory, sys.argv[2:])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of libraries must not mix with answers
    for asked, file in requests():
        with file:
            _answer(asked, file, answers)
        answers.flush()
        if _peak_memory() > _LARGE * memory:
            return


def requests() -> Iterator[tuple[dict[str, Any], BufferedReader]]:
    """Each request with its open file, until the caller closes its end; see ``channel``."""
    if not _GETS_FILES:
        with os.fdopen(0, "rb") as lines:
            for line in lines:
                asked = json.loads(line)
                yield asked, open_below(Path(asked["corpus"]), asked["path"])
        return
    with socket.socket(fileno=0) as given:
        while True:
            line = b""
            files: list[int] = []
            while not line.endswith(b"\n"):
                piece, found, _, _ = socket.recv_fds(given, _PIECE, 1)
                if not piece:
                    return
                line += piece
                files += found
            yield json.loads(line), os.fdopen(files[0], "rb")


def confine(memory: int, readable: Sequence[str]) -> None:
    """Limit this process for good: memory in bytes, no network, no files but open ones.

    Python, its packages and the system's libraries can be read, and the paths ``readable``. Where
    the kernel has Landlock and does not keep the process from files, the process ends.
    """
    with suppress(OSError):
        mimetypes.init()  # reads the system's list of types, which no reader can open afterwards
    _limit(memory)
    end_with_parent()
    refuse_network()
    _status()  # opened before no file can be
    if _GETS_FILES and not refuse_files(readable) and has_landlock():
        sys.exit(UNCONFINED)


def _answer(asked: dict[str, Any], file: BufferedReader, answers: BinaryIO) -> None:
    _limit_time(asked["seconds"])
    try:
        if asked.get("counts_pages"):
            answers.write(packed_page_count(page_count_of(file)))
            return
        with first_alone(asked["first_alone"]):
            read = read_open_document(
                file,
                asked["path"],
                max_bytes=asked["max_bytes"],
                languages=asked["languages"],
                generated=asked["generated"],
            )
        answers.writelines(packed(read))
    except FileNotFoundError:
        answers.write(packed_absence())
    except DocumentUnreadable as error:
        answers.write(packed_failure(error))
    except MemoryError:
        answers.write(
            packed_failure(DocumentUnreadable(ReasonCode.TOO_MUCH_MEMORY, TOO_MUCH_MEMORY))
        )


def _limit(memory: int) -> None:
    """Limit memory to ``memory`` bytes, forbid writing files and core dumps."""
    if sys.platform == "win32":
        return
    import resource  # here: missing on some systems

    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # this system has no such limit
            resource.setrlimit(what, (most, most))


def _limit_time(seconds: float) -> None:
    """Limit the processor time for the next file; the kernel ends the process beyond it.

    The timer is exact. The limit, in whole seconds, holds for the programs that a reader starts.
    """
    if sys.platform == "win32":
        return
    import resource  # here: missing on some systems

    soft = int(processor_seconds() + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _peak_memory() -> int:
    """Peak memory in bytes; Linux's getrusage would count the parent's memory, too."""
    if sys.platform == "win32":
        return 0
    if (status := _status()) is not None:
        status.seek(0)
        shown = status.read().decode("ascii", errors="replace")
        return 1024 * int(shown.partition("VmHWM:")[2].split()[0])
    import resource  # here: missing on some systems

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@cache
def _status() -> BinaryIO | None:
    """The figures of this process, kept open; None where the system has no such file."""
    path = Path("/proc/self/status")
    return path.open("rb", buffering=0) if path.exists() else None


if __name__ == "__main__":
    main()

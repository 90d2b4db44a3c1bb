"""Programs that a reader starts: they end with it, however it ends, and share its limits."""

import ctypes
import math
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.settings.child_environments import reader_environment

_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG, Linux's prctl(2)
_OUT_OF_TIME: Final = 24  # SIGXCPU
_NOT_STARTED: Final = (126, 127)  # exit codes of a shell for a program it cannot start
TOO_LONG: Final = "reading it took too long"


def end_with_parent() -> None:
    """End with the parent process, even when that is killed without notice (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def output_of(command: Sequence[str], data: bytes) -> bytes:
    """Return what a program of OCR writes that gets ``data`` on its standard input.

    Raises ``DocumentUnreadable`` where the program fails or the document's time is over.
    """
    ended = ended_after(command, data)
    if ended.returncode != 0 or not ended.stdout:
        raise DocumentUnreadable(ReasonCode.OCR_FAILED, f"{command[0]} failed: {_said(ended)}")
    return ended.stdout


def ended_after(
    command: Sequence[str], data: bytes, not_started: ReasonCode = ReasonCode.OCR_FAILED
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program to its end, with ``data`` on its standard input; it may fail.

    Raises ``DocumentUnreadable`` where the document's time is over, and with the code
    ``not_started`` where the program, or one that it is a script for, cannot be started.
    """
    try:
        # One thread per process: documents are already distributed over the processors.
        ended = subprocess.run(  # noqa: S603  # fixed words, numbers and languages
            command,
            input=data,
            capture_output=True,
            check=False,
            env=reader_environment() | {"OMP_THREAD_LIMIT": "1"},
            preexec_fn=partial(_confine, processor_seconds()),  # a reader process has one thread
        )
    except OSError as error:
        raise DocumentUnreadable(
            not_started, f"{command[0]} cannot be started: {error.strerror}"
        ) from error
    if ended.returncode == -_OUT_OF_TIME or _is_out_of_time():
        raise DocumentUnreadable(ReasonCode.TOOK_TOO_LONG, TOO_LONG)
    if ended.returncode in _NOT_STARTED:
        raise DocumentUnreadable(not_started, f"{command[0]} cannot be started: {_said(ended)}")
    return ended


def _said(ended: "subprocess.CompletedProcess[bytes]") -> str:
    """The beginning of what a program has said on standard error, on one line."""
    return " ".join(ended.stderr.decode("utf-8", "replace").split())[:100]


def _confine(used: float) -> None:
    """End with the parent process, and after the processor time that it has left of its limit.

    ``used`` are the seconds that it has used. The limit that a child inherits would count the
    child's own time alone, from 0.
    """
    end_with_parent()
    if sys.platform == "win32":
        return
    import resource  # here: missing on some systems

    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft != resource.RLIM_INFINITY:
        left = max(1, math.ceil(soft - used))
        resource.setrlimit(resource.RLIMIT_CPU, (left, hard))


def processor_seconds() -> float:
    """Return the processor time that this process and its children have used, in seconds."""
    if sys.platform == "win32":
        return 0.0
    import resource  # here: missing on some systems

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _is_out_of_time() -> bool:
    """Whether the processor time of this process and its children is above this process's limit."""
    if sys.platform == "win32":
        return False
    import resource  # here: missing on some systems

    limit, _ = resource.getrlimit(resource.RLIMIT_CPU)
    return limit != resource.RLIM_INFINITY and processor_seconds() > limit

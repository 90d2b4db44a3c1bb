"""Seconds, processor time and peak memory of a command with all processes that it starts."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

EVERY: Final = 0.02  # seconds between two looks at the memory
_TOLD: Final = 300  # characters of what a command wrote as it failed
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Taken(NamedTuple):
    """Seconds on the clock and of processors, and bytes of memory in use at most."""

    seconds: float
    processor: float
    memory: int


class Failed(Exception):
    """A command has ended with an error; the text is the end of what it wrote."""


def taken_by(
    command: Sequence[str], variables: Mapping[str, str], limit: float
) -> tuple[Taken, str]:
    """Run a command to its end; returns what it took and its output, or raises ``Failed``.

    The memory is the sum of the resident sets of all its processes, looked at 50 times a second,
    and at least the largest resident set of one of them, as the kernel counted it.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env={**os.environ, **variables},
        )
        watch, killer = _Watch(process.pid), threading.Timer(limit, process.kill)
        watch.start()
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        killer.cancel()
        watch.is_over = True
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            told = " ".join(errors.read().split())[-_TOLD:]
            raise Failed(told or f"exit code {process.returncode}")
        most = max(watch.most, usage.ru_maxrss * 1024)
        return Taken(seconds, usage.ru_utime + usage.ru_stime, most), output.read()


class _Watch(threading.Thread):
    """Looks at the memory of a process and its descendants."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.most = 0
        self.is_over = False

    def run(self) -> None:
        while not self.is_over:
            self.most = max(self.most, sum(map(_resident, _family(self._process))))
            time.sleep(EVERY)


def _family(process: int) -> list[int]:
    """A process and its descendants."""
    found = [process]
    for one in found:  # grows while it is gone through
        try:
            for children in Path(f"/proc/{one}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            continue  # it has ended
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0  # it has ended

"""One run of a schedule: ``semsearch index`` in a process of its own, and what became of it."""

import subprocess
import time

from semsearch.scheduling import history
from semsearch.scheduling.schedule import Schedule


def run(schedule: Schedule) -> tuple[int, str]:
    """Index the folder; returns the exit code and what was said on stderr.

    However the other process ends, its end is noted: a signal that killed it as 128 and its number,
    as a shell has it. Raises ``SettingsError`` when nothing can be noted.
    """
    path, noted = history.begin(schedule)
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603  # semsearch itself
        schedule.index_command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    said = ""
    try:
        _, said = process.communicate()
    finally:
        if process.poll() is None:  # this process was told to end: so is the other one
            process.terminate()
            _, said = process.communicate()
        code = process.returncode if process.returncode >= 0 else 128 - process.returncode
        last = said.strip().rpartition("\n")[2]
        seconds = time.monotonic() - began
        history.end(path, noted, seconds=seconds, exit_code=code, said=last)
    return code, said

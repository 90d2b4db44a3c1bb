"""One run of a schedule: ``semsearch index`` in a process of its own, and what became of it."""

import subprocess
import time

from semsearch.errors import SettingsError
from semsearch.schedule.environment import kept_environment
from semsearch.schedule.history import Note
from semsearch.schedule.schedule import Schedule
from semsearch.settings.child_environments import environment_with


def run(schedule: Schedule) -> tuple[int, str, str]:
    """Index the folder; returns the exit code, and what was printed on stdout and said on stderr.

    A run that is quiet prints what watched questions have found, and nothing else.

    However the other process ends, its end is noted: a signal that killed it as 128 and its number,
    as a shell has it. Raises ``SettingsError`` when nothing can be noted, or no process begun.
    """
    note = Note(schedule)
    began = time.monotonic()
    code, printed, said = SettingsError.exit_code, "", ""
    try:
        code, printed, said = _ended(schedule)
    except SettingsError as error:
        said = str(error)
        raise
    finally:
        last = said.strip().rpartition("\n")[2]
        note.end(seconds=time.monotonic() - began, exit_code=code, said=last)
    return code, printed, said


def _ended(schedule: Schedule) -> tuple[int, str, str]:
    try:
        process = subprocess.Popen(  # noqa: S603  # semsearch itself
            schedule.index_command,
            env=environment_with(kept_environment(schedule)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise SettingsError(f"semsearch cannot be run: {error}") from error
    try:
        printed, said = process.communicate()
    except KeyboardInterrupt:
        # This process was told to end: so is the other one, and what becomes of it is noted.
        process.terminate()
        printed, said = process.communicate()
    code = process.returncode
    return (code if code >= 0 else 128 - code), printed, said

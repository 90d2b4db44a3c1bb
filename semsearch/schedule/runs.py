"""Run of a schedule: ``semsearch index`` in a child process, recorded in the history."""

import subprocess
import time
from collections.abc import Callable

from semsearch.errors import SemsearchError, SettingsError
from semsearch.schedule.environment import stored_environment
from semsearch.schedule.history import RunRecord
from semsearch.schedule.schedule import Schedule
from semsearch.settings.child_environments import environment_with


def run(name: Schedule, found: Callable[[], Schedule]) -> tuple[int, str, str]:
    """Index the folder of a schedule; return exit code, stdout and stderr of the run.

    ``name`` is the schedule under which the run is recorded, before anything can fail; ``found``
    returns the schedule to run, and may raise. With ``--quiet`` a run prints only the news of
    watched questions. However the child process ends, its end is recorded: a signal as 128 plus its
    number, as in a shell. Raises ``SettingsError`` when the record cannot be written or no process
    started, and as ``found``.
    """
    record = RunRecord(name)
    began = time.monotonic()
    code, printed, said = SettingsError.exit_code, "", ""
    try:
        code, printed, said = _ended(found())
    except SemsearchError as error:
        code, said = error.exit_code, str(error)
        raise
    finally:
        last = said.strip().rpartition("\n")[2]
        record.end(seconds=time.monotonic() - began, exit_code=code, said=last)
    return code, printed, said


def _ended(schedule: Schedule) -> tuple[int, str, str]:
    try:
        process = subprocess.Popen(  # noqa: S603  # starts semsearch
            schedule.index_command,
            env=environment_with(stored_environment(schedule)),
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
        # This process was interrupted: stop the child process, too, and record its end.
        process.terminate()
        printed, said = process.communicate()
    code = process.returncode
    return (code if code >= 0 else 128 - code), printed, said

"""Schedule of a folder: folder, times, and the command to run."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from semsearch.store.disk.directory import DIRECTORY_NAME

PREFIX: Final = "semsearch-"  # of the names of all units, lines and tasks that semsearch creates
ALL: Final = "--all"  # in place of a folder: all named folders
USUAL_TIMEOUT: Final = "24h"  # a hanging run would block all later runs
_WAIT: Final = "60"  # seconds for another run, such as that of a watcher, to end
# -P: no module is imported from the working directory.
_SEMSEARCH: Final = (sys.executable, "-P", "-m", "semsearch")
_OPTIONS: Final = ("--timeout", "--index")  # options of ``schedule run`` that take a value


@dataclass(frozen=True, slots=True)
class Schedule:
    """Schedule of a ``folder`` (a path, or ``ALL``); ``when`` is five cron fields, in local time.

    ``index`` is the index's directory if it is not in the folder. ``timeout`` limits a run
    (``90s``, ``2h``).
    """

    folder: str
    when: str
    index: str | None = None
    timeout: str = USUAL_TIMEOUT

    def to_dict(self, backend: str) -> dict[str, Any]:
        """The schedule as JSON names and values; ``backend`` names the system that runs it."""
        return {
            "folder": self.folder,
            "index": self.index,
            "when": self.when,
            "timeout": self.timeout,
            "with": backend,
            "name": self.name,
            "command": list(self.command),
        }

    @property
    def name(self) -> str:
        """Name derived from the folder, so that a folder has at most one schedule."""
        digest = hashlib.sha256(self.folder.encode("utf-8", "surrogateescape")).hexdigest()
        return PREFIX + digest[:12]

    @property
    def command(self) -> tuple[str, ...]:
        """Command that the backend starts: ``schedule run``, which records the run's result."""
        elsewhere = () if self.index is None else ("--index", self.index)
        return (
            *(*_SEMSEARCH, "schedule", "run", self.folder),
            *("--quiet", "--timeout", self.timeout, *elsewhere),
        )

    @property
    def index_command(self) -> tuple[str, ...]:
        """Command that ``schedule run`` starts, without keys and with an explicit index."""
        index = self.index or str(Path(self.folder) / DIRECTORY_NAME)
        which = (ALL,) if self.folder == ALL else (self.folder, "--index", index)
        return (
            *(*_SEMSEARCH, "index", *which),
            *("--timeout", self.timeout, "--wait", _WAIT, "--quiet", "--log-json", "auto"),
        )


def schedule_in(command: Sequence[str], when: str) -> Schedule | None:
    """Return the schedule of a ``command``, from any installation; None for another command."""
    words = list(command)
    for start in range(len(words) - 2):
        if words[start : start + 2] == ["schedule", "run"]:
            rest = words[start + 3 :]
            given = {option: value for option, value in pairwise(rest) if option in _OPTIONS}
            timeout = given.get("--timeout", USUAL_TIMEOUT)
            return Schedule(words[start + 2], when, given.get("--index"), timeout)
    return None

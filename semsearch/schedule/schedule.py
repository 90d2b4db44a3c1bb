"""One schedule: which folder, when, and the command that is run."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from semsearch.store.disk.directory import DIRECTORY_NAME

PREFIX: Final = "semsearch-"  # of all that is made, so that nothing else is touched
ALL: Final = "--all"  # in place of a folder: each that has a name
USUAL_TIMEOUT: Final = "24h"  # a run that hangs would have every later one yield to it
# With -P nothing is imported from the folder that it is run in.
_SEMSEARCH: Final = (sys.executable, "-P", "-m", "semsearch")
_OPTIONS: Final = ("--timeout", "--index")  # of ``schedule run``, each with a value


@dataclass(frozen=True, slots=True)
class Schedule:
    """``folder`` is an absolute path, or ``ALL``; ``when`` five fields of cron in local time.

    ``index`` is the index's directory where it is not beside the folder, ``timeout`` how long a run
    may take (``90s``, ``2h``).
    """

    folder: str
    when: str
    index: str | None = None
    timeout: str = USUAL_TIMEOUT

    def to_dict(self, keeper: str) -> dict[str, Any]:
        """The schedule as JSON names and values; ``keeper`` names the system that runs it."""
        return {
            "folder": self.folder,
            "index": self.index,
            "when": self.when,
            "timeout": self.timeout,
            "with": keeper,
            "name": self.name,
            "command": list(self.command),
        }

    @property
    def name(self) -> str:
        """The same for the same folder, so that a second one takes the place of the first."""
        digest = hashlib.sha256(self.folder.encode("utf-8", "surrogateescape")).hexdigest()
        return PREFIX + digest[:12]

    @property
    def command(self) -> tuple[str, ...]:
        """What is run by the machine: ``schedule run``, which notes what becomes of the other."""
        elsewhere = () if self.index is None else ("--index", self.index)
        return (
            *(*_SEMSEARCH, "schedule", "run", self.folder),
            *("--quiet", "--timeout", self.timeout, *elsewhere),
        )

    @property
    def index_command(self) -> tuple[str, ...]:
        """What that runs; no key is in it, and no variable says which index is meant."""
        index = self.index or str(Path(self.folder) / DIRECTORY_NAME)
        which = (ALL,) if self.folder == ALL else (self.folder, "--index", index)
        return (
            *(*_SEMSEARCH, "index", *which),
            *("--timeout", self.timeout, "--quiet", "--log-json", "auto"),
        )


def schedule_in(command: Sequence[str], when: str) -> Schedule | None:
    """The schedule whose ``command`` it is, by whichever installation; None when it is of none."""
    words = list(command)
    for start in range(len(words) - 2):
        if words[start : start + 2] == ["schedule", "run"]:
            rest = words[start + 3 :]
            given = {option: value for option, value in pairwise(rest) if option in _OPTIONS}
            timeout = given.get("--timeout", USUAL_TIMEOUT)
            return Schedule(words[start + 2], when, given.get("--index"), timeout)
    return None

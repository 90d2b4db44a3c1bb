"""One schedule: which folder, when, and the command that is run."""

import hashlib
import sys
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "semsearch-"  # of all that is made, so that nothing else is touched
# With -P nothing is imported from the folder that it is run in.
_SEMSEARCH: Final = (sys.executable, "-P", "-m", "semsearch")


@dataclass(frozen=True, slots=True)
class Schedule:
    """``folder`` is an absolute path, ``when`` five fields of cron in local time."""

    folder: str
    when: str

    @property
    def name(self) -> str:
        """The same for the same folder, so that a second one takes the place of the first."""
        digest = hashlib.sha256(self.folder.encode("utf-8", "surrogateescape")).hexdigest()
        return PREFIX + digest[:12]

    @property
    def command(self) -> tuple[str, ...]:
        """What is run by the machine: ``schedule run``, which notes what becomes of the other."""
        return (*_SEMSEARCH, "schedule", "run", self.folder, "--quiet")

    @property
    def index_command(self) -> tuple[str, ...]:
        """What that runs; no key is in it."""
        return (*_SEMSEARCH, "index", self.folder, "--quiet")

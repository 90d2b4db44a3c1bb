"""One schedule: which folder, when, and the command that is run."""

import hashlib
import sys
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "semsearch-"  # of all that is made, so that nothing else is touched


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
        """What is run, without a key; ``-P``: nothing is imported from where it is run."""
        return (sys.executable, "-P", "-m", "semsearch", "index", self.folder, "--quiet")

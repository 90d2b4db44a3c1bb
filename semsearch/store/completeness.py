"""How many passages of a partial generation have a vector, and how long the rest will take."""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from semsearch.errors import SemsearchError
from semsearch.safe_open import open_regular
from semsearch.settings.amounts import duration_text
from semsearch.store.disk.atomic_files import temporary_beside
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.process_folders import is_running
from semsearch.store.record.json_text import parsed, require_finite
from semsearch.store.snapshot import Snapshot

_EVERY: Final = 2.0  # seconds between two entries of a run
_LONGEST: Final = 1000  # bytes of an entry, many times those of a run's own
_PROCESSES: Final = range(1, 2**31)
_COUNTS: Final = range(2**53)
_LEAST_RATE: Final = 1e-6  # texts a second
_SILENT: Final = 600.0  # seconds after which a run counts as ended where its process is not known


@dataclass(frozen=True, slots=True)
class Completeness:
    """``vectors`` of the ``texts`` texts of a partial generation have a vector.

    ``is_running`` says that a run goes on with it; ``seconds_left`` is its estimate, None before it
    has embedded anything, and without a run.
    """

    texts: int
    vectors: int
    is_running: bool
    seconds_left: float | None

    @property
    def share(self) -> float:
        """The share of the texts that have a vector, 0 to 1."""
        return self.vectors / self.texts if self.texts else 1.0

    def to_dict(self) -> dict[str, Any]:
        """The counts and the estimate as JSON names and values."""
        left = self.seconds_left
        return {
            "passages": self.texts,
            "with_vector": self.vectors,
            "share": round(self.share, 4),
            "running": self.is_running,
            "seconds_left": None if left is None else round(left),
        }

    def __str__(self) -> str:
        share = f"{int(100 * self.share)} % of the passages have a vector"
        if not self.is_running:
            return f"{share}; run semsearch index to go on"
        if self.seconds_left is None or self.seconds_left < 1:  # or its end takes longer
            return f"{share}; a run goes on"
        return f"{share}; about {duration_text(self.seconds_left)} left"


def completeness_of(snapshot: Snapshot) -> Completeness | None:
    """How complete a generation is; None for a whole one."""
    if snapshot.partial is None:
        return None
    entry = _entry(snapshot.directory)
    left = None if entry is None else entry.seconds_left(time.time())
    return Completeness(snapshot.partial.texts, snapshot.partial.vectors, entry is not None, left)


def notices_of(found: Completeness | None, *, by_meaning_alone: bool) -> tuple[str, ...]:
    """What a person should know of an answer from a generation; nothing of a whole one."""
    if found is None:
        return ()
    if by_meaning_alone:
        return (f"only passages with a vector are searched by meaning: {found}",)
    return (f"passages without a vector are found by words alone: {found}",)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a run has written down: ``left`` texts to embed at the time ``at``, by its clock.

    ``rate`` is in texts a second; 0 before the first.
    """

    process: int
    at: float
    left: int
    rate: float

    def seconds_left(self, now: float) -> float | None:
        """The estimate of the seconds left; None where the rate is not known."""
        if self.rate < _LEAST_RATE:
            return None
        return max(0.0, self.left / self.rate - (now - self.at))

    @property
    def is_alive(self) -> bool:
        """Whether its process runs; where that cannot be told, whether the entry is new."""
        running = is_running(self.process)
        return abs(time.time() - self.at) < _SILENT if running is None else running


def _entry(directory: IndexDirectory) -> _Entry | None:
    """What the run that is under way has written down; None when there is none."""
    try:
        with open_regular(directory.progress) as file:
            found = parsed(file.read(_LONGEST))
        process, left = found["process"], found["left"]
        if not (type(process) is type(left) is int and process in _PROCESSES and left in _COUNTS):
            raise ValueError("it has other values than counts")
        require_finite(found["at"], found["rate"])
        entry = _Entry(process, found["at"], left, found["rate"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return entry if entry.is_alive else None


class ProgressFile:
    """Writes down how far a run has come, for others who read the index meanwhile."""

    def __init__(
        self, directory: IndexDirectory, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._started = clock()
        self._last = float("-inf")

    def show(self, done: int, left: int) -> None:
        """Note the texts that were embedded since the start, and those left; often a no-op."""
        now = self._clock()
        if now - self._last < _EVERY:
            return
        self._last = now
        rate = done / max(now - self._started, 1e-3)
        entry = {"process": os.getpid(), "at": time.time(), "left": left, "rate": rate}
        with suppress(OSError, SemsearchError):  # an estimate is worth no failure
            made = temporary_beside(self._directory.progress)
            made.touch(mode=0o600, exist_ok=False)
            made.write_text(json.dumps(entry))
            made.replace(self._directory.progress)


def forget_progress(directory: IndexDirectory) -> None:
    """Remove what a run has written down, which has ended, or an earlier one that was killed."""
    with suppress(OSError):
        directory.progress.unlink(missing_ok=True)

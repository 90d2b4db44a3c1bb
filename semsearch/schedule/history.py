"""What became of the runs of a schedule: a small file for each, in the user's state directory."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from semsearch.errors import SettingsError
from semsearch.schedule.schedule import Schedule

if TYPE_CHECKING:
    from filelock import BaseFileLock

_YIELDED: Final = 11  # another run was at work
WELL: Final = frozenset({0, 3, _YIELDED})  # 3: done, and some files left out
_KEPT: Final = 100  # runs of one schedule; older ones are dropped
_LONGEST: Final = 500  # characters of what a run said last


@dataclass(frozen=True, slots=True)
class Run:
    """One run; ``exit_code`` and ``seconds`` are None while it is under way, or was cut short.

    ``started`` is ISO 8601 in UTC; ``said`` is the last line of stderr.
    """

    started: str
    seconds: float | None = None
    exit_code: int | None = None
    said: str = ""
    is_under_way: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON names and values."""
        return {
            "started": self.started,
            "seconds": self.seconds,
            "exit_code": self.exit_code,
            "said": self.said,
            "under_way": self.is_under_way,
        }

    @property
    def is_well(self) -> bool:
        """False when it failed or was cut short."""
        return self.is_under_way or self.exit_code in WELL


class Note:
    """The file of a run that is under way, and the lock that says so: it ends with the process."""

    def __init__(self, schedule: Schedule) -> None:
        """Note that a run begins, before anything can go wrong. Raises ``SettingsError``."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.json"
        self.run = Run(now.isoformat(timespec="seconds"))
        self.path = _folder(schedule) / name
        self._lock = _lock(self.path)
        with _told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            _put(self.path, self.run)
            for old in sorted(self.path.parent.glob("*.json"))[:-_KEPT]:
                _drop(old)

    def end(self, *, seconds: float, exit_code: int, said: str) -> None:
        """Note how it ended. Raises ``SettingsError``."""
        ended = Run(self.run.started, round(seconds, 1), exit_code, said[:_LONGEST])
        with _told():
            _put(self.path, ended)
            self._lock.release()
            _lock_file(self.path).unlink(missing_ok=True)


def runs(schedule: Schedule) -> list[Run]:
    """The runs that are known, the oldest first; a file that cannot be read is none."""
    found = []
    for path in sorted(_folder(schedule).glob("*.json")):
        with suppress(OSError, ValueError, TypeError):  # somebody's, or dropped by another run
            run = Run(**json.loads(path.read_text("utf-8")))
            found.append(replace(run, is_under_way=run.exit_code is None and _is_held(path)))
    return found


def last(known: Sequence[Run]) -> Run | None:
    """The run that tells how a schedule is: the newest that has ended, however it did.

    Those that yielded to another say nothing of it, as long as there are others.
    """
    ended = [run for run in known if not run.is_under_way] or known
    worked = [run for run in ended if run.exit_code != _YIELDED] or ended
    return worked[-1] if worked else None


def forget(schedule: Schedule) -> None:
    """Remove all that is known of the runs."""
    shutil.rmtree(_folder(schedule), ignore_errors=True)  # a run may be under way


def _folder(schedule: Schedule) -> Path:
    return platformdirs.user_state_path("semsearch", appauthor=False) / "runs" / schedule.name


def _lock_file(path: Path) -> Path:
    return path.with_suffix(".lock")


def _lock(path: Path) -> "BaseFileLock":
    import filelock  # here: a command that has no schedules does not wait for it

    return filelock.FileLock(_lock_file(path), timeout=0, mode=0o600)


def _is_held(path: Path) -> bool:
    """Whether the process that made the note still runs; the kernel frees the lock of others."""
    import filelock  # here, as above

    if not _lock_file(path).exists():
        return False
    lock = _lock(path)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    lock.release()
    return False


def _drop(path: Path) -> None:
    path.unlink(missing_ok=True)
    _lock_file(path).unlink(missing_ok=True)


def _put(path: Path, run: Run) -> None:
    beside = path.with_suffix(f".{os.getpid()}")
    kept = {name: value for name, value in asdict(run).items() if name != "is_under_way"}
    try:
        beside.write_text(json.dumps(kept), "utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(f"cannot keep what became of this run: {error}") from error

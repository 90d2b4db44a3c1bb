"""History of a schedule's runs: a small file per run, in the user's state directory."""

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
from semsearch.store.disk.atomic_files import put_file

if TYPE_CHECKING:
    from filelock import BaseFileLock

_YIELDED: Final = 11  # exit code: another run held the lock
WELL: Final = frozenset({0, 3, _YIELDED})  # 3: done, but some files were left out
_DIGITS: Final = 10  # of the number in a record's name
_KEPT: Final = 100  # runs of one schedule; older ones are dropped
_LONGEST: Final = 500  # characters of a run's last line
_FOLDER: Final = "folder"  # file beside the records, with the path that was indexed


@dataclass(frozen=True, slots=True)
class Run:
    """A scheduled run; ``exit_code`` and ``seconds`` are None while it runs, or if it was killed.

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
        """False when the run failed or was killed."""
        return self.is_under_way or self.exit_code in WELL


class RunRecord:
    """Record of a run in progress: its file, and a lock that ends with the process."""

    def __init__(self, schedule: Schedule) -> None:
        """Record the start of a run, before anything can fail. Raises ``SettingsError``."""
        self.run = Run(datetime.now(UTC).isoformat(timespec="seconds"))
        folder = _folder(schedule)
        number = max(map(_number, folder.glob("*.json")), default=0) + 1
        self.path = folder / f"{number:0{_DIGITS}}-{secrets.token_hex(4)}.json"
        self._lock = _lock(self.path)
        with _translated_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _note_folder(folder, schedule.folder)
            self._lock.acquire()
            _put(self.path, self.run)
            for old in _in_order(schedule)[:-_KEPT]:
                _drop(old)

    def end(self, *, seconds: float, exit_code: int, said: str) -> None:
        """Record the end of the run. Raises ``SettingsError``."""
        ended = Run(self.run.started, round(seconds, 1), exit_code, said[:_LONGEST])
        with _translated_errors():
            _put(self.path, ended)
            self._lock.release()
            _lock_file(self.path).unlink(missing_ok=True)


def runs(schedule: Schedule) -> list[Run]:
    """Return the known runs, the oldest first; unreadable files are skipped."""
    found = []
    for path in _in_order(schedule):
        with suppress(OSError, ValueError, TypeError):  # not a record, or deleted by another run
            run = Run(**json.loads(path.read_text("utf-8")))
            found.append(replace(run, is_under_way=run.exit_code is None and _is_held(path)))
    return found


def last(known: Sequence[Run]) -> Run | None:
    """Return the run that shows a schedule's state: the newest that has ended, with any result.

    Runs that yielded to another run (exit code 11) are skipped, unless there are no others.
    """
    ended = [run for run in known if not run.is_under_way] or known
    worked = [run for run in ended if run.exit_code != _YIELDED] or ended
    return worked[-1] if worked else None


def folders() -> list[str]:
    """Return the folders (or ``ALL``) that have records, sorted; also those without a schedule.

    Records of versions that did not note the folder are left out.
    """
    found = []
    for noted in _runs().glob(f"*/{_FOLDER}"):
        with suppress(OSError, ValueError):  # deleted meanwhile, or damaged
            folder = os.fsdecode(noted.read_bytes())
            if Schedule(folder, "").name == noted.parent.name:
                found.append(folder)
    return sorted(found)


def forget(schedule: Schedule) -> None:
    """Delete all records of a schedule's runs."""
    shutil.rmtree(_folder(schedule), ignore_errors=True)  # a run may be under way


def _runs() -> Path:
    return platformdirs.user_state_path("semsearch", appauthor=False) / "runs"


def _folder(schedule: Schedule) -> Path:
    return _runs() / schedule.name


def _note_folder(records: Path, folder: str) -> None:
    """Keep the name of the folder beside its records, as their own name is a digest of it."""
    noted = records / _FOLDER
    if not noted.exists():
        put_file(noted, os.fsencode(folder))


def _in_order(schedule: Schedule) -> list[Path]:
    """The records of a schedule in the order in which the runs began, by number, not by clock."""
    return sorted(_folder(schedule).glob("*.json"), key=lambda path: (_number(path), path.name))


def _number(path: Path) -> int:
    """The number of a record; 0 for those of earlier versions, which are named by the clock."""
    number, _, _ = path.name.partition("-")
    return int(number) if len(number) == _DIGITS and number.isdecimal() else 0


def _lock_file(path: Path) -> Path:
    return path.with_suffix(".lock")


def _lock(path: Path) -> "BaseFileLock":
    import filelock  # here: commands without schedules need not load it

    return filelock.FileLock(_lock_file(path), timeout=0, mode=0o600)


def _is_held(path: Path) -> bool:
    """True while the process that created the record runs; the kernel frees locks of dead ones."""
    import filelock  # here: commands without schedules need not load it

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
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(f"cannot keep what became of this run: {error}") from error

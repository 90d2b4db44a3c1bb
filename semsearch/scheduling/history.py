"""What became of the runs of a schedule: a small file for each, in the user's state directory."""

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import platformdirs

from semsearch.errors import SettingsError
from semsearch.scheduling.schedule import Schedule

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


def begin(schedule: Schedule) -> tuple[Path, Run]:
    """Note that a run begins, before anything can go wrong. Raises ``SettingsError``."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.json"
    run = Run(now.isoformat(timespec="seconds"))
    path = _folder(schedule) / name
    _put(path, run)
    for old in sorted(path.parent.glob("*.json"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return path, run


def end(path: Path, run: Run, *, seconds: float, exit_code: int, said: str) -> None:
    """Note how it ended. Raises ``SettingsError``."""
    _put(path, Run(run.started, round(seconds, 1), exit_code, said[:_LONGEST]))


def runs(schedule: Schedule) -> list[Run]:
    """The runs that are known, the oldest first; a file that cannot be read is none."""
    found = []
    for path in sorted(_folder(schedule).glob("*.json")):
        with suppress(OSError, ValueError, TypeError):  # somebody's, or dropped by another run
            found.append(Run(**json.loads(path.read_text("utf-8"))))
    return found


def last(known: Sequence[Run]) -> Run | None:
    """The run that tells how a schedule is: the newest, but for those that yielded to another."""
    worked = [run for run in known if run.exit_code != _YIELDED] or known
    return worked[-1] if worked else None


def forget(schedule: Schedule) -> None:
    """Remove all that is known of the runs."""
    shutil.rmtree(_folder(schedule), ignore_errors=True)  # a run may be under way


def _folder(schedule: Schedule) -> Path:
    return platformdirs.user_state_path("semsearch", appauthor=False) / "runs" / schedule.name


def _put(path: Path, run: Run) -> None:
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(asdict(run)), "utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SettingsError(f"cannot keep what became of this run: {error}") from error

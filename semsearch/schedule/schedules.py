"""Schedules made, named and removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from semsearch.errors import CorpusError, SettingsError
from semsearch.schedule import history
from semsearch.schedule.backends import Keeper, keeper_named, keepers_here
from semsearch.schedule.cron import duration, last_run, next_run
from semsearch.schedule.environment import forget_environment, keep_environment, kept_since
from semsearch.schedule.schedule import ALL, USUAL_TIMEOUT, Schedule
from semsearch.settings.child_environments import variables_that_set
from semsearch.settings.paths import expanded
from semsearch.settings.sources import load_settings, run_settings
from semsearch.store.locate import index_to_write

_GRACE: Final = timedelta(minutes=15)  # that a run may be late
_KEYS: Final = ("mistral_api_key", "openai_api_key")


@dataclass(frozen=True, slots=True)
class State:
    """A schedule and its runs, the oldest first.

    ``could_not_begin`` when the keeper says that one failed which has noted nothing; ``missed`` is
    when the last one should have begun (local time), where none has begun since.
    """

    schedule: Schedule
    runs: tuple[history.Run, ...]
    could_not_begin: bool = False
    missed: datetime | None = None

    @property
    def next(self) -> datetime | None:
        """The start of the next run, in local time; None if the schedule never comes due."""
        return next_run(self.schedule.when, datetime.now())

    def to_dict(self) -> dict[str, Any]:
        """The schedule and its runs, the oldest first, as JSON names and values."""
        return {
            "folder": self.schedule.folder,
            "when": self.schedule.when,
            "next": None if self.next is None else minute(self.next),
            "missed": None if self.missed is None else minute(self.missed),
            "well": self.is_well,
            "runs": [run.to_dict() for run in self.runs],
        }

    @property
    def is_well(self) -> bool:
        """False when the last run failed, was cut short or did not begin."""
        newest = history.last(self.runs)
        has_begun = not self.could_not_begin and self.missed is None
        return has_begun and (newest is None or newest.is_well)


def minute(when: datetime) -> str:
    """A time to the minute: ``2026-01-31 02:00``."""
    return when.isoformat(sep=" ", timespec="minutes")


def schedule_for(
    folder: str | Path, when: str, index: str | None = None, timeout: str | None = None
) -> Schedule:
    """The schedule of a folder, or of ``ALL``; ``when`` and ``timeout`` are of ``moments``.

    ``index`` is where the index is kept, if not beside the folder. Raises ``CorpusError`` when it
    is no folder, ``SettingsError`` when a name has characters that a line of a crontab or unit
    cannot hold.
    """
    timeout = USUAL_TIMEOUT if timeout is None else timeout
    if not duration(timeout, "--timeout"):
        raise SettingsError("--timeout must be more than 0")
    if folder == ALL:
        return Schedule(ALL, when, None, timeout)
    path = expanded(folder).resolve()
    if not path.is_dir():
        raise CorpusError(f"there is no folder {path}; name one that is there")
    settings = run_settings(None, index=index)
    elsewhere = None if settings.index is None else str(index_to_write(settings, path).path)
    if not f"{path}{elsewhere}".isprintable():
        raise SettingsError("the folder's name has characters that no schedule can hold; rename it")
    return Schedule(str(path), when, elsewhere, timeout)


def kept_for(folder: str | Path) -> Schedule:
    """The schedule that a folder has, else one like it; raises as above."""
    plain = schedule_for(folder, "")
    return next((kept for _, kept in schedules() if kept.folder == plain.folder), plain)


def keeper_for(name: str | None) -> Keeper:
    """The keeper of that name, else the best of this machine; raises ``SettingsError``."""
    if name is not None:
        return keeper_named(name)
    here = keepers_here()
    if not here:
        raise SettingsError(
            "neither systemd's user manager nor crontab is on this machine; let another scheduler"
            " run: semsearch schedule run FOLDER --quiet"
        )
    return here[0]


def shown(schedule: Schedule, keeper: Keeper) -> str:
    """What ``add`` would write; raises ``SettingsError``."""
    return keeper.shown(schedule, _credentials(variables_that_set()))


def add(schedule: Schedule, keeper: Keeper) -> Mapping[str, str]:
    """Give a schedule to a keeper, and to it alone: another one's of this folder is removed.

    Returns the variables of this process's environment that its runs will have, too: those that set
    something, but for keys.
    """
    variables = variables_that_set()
    keeper.add(schedule, _credentials(variables))
    keep_environment(schedule, variables)
    for other in keepers_here():
        if other.name != keeper.name and _of_folder(other, schedule.folder):
            other.remove(schedule)
    return variables


def remove(folder: str | Path) -> list[tuple[Keeper, Schedule]]:
    """Remove the schedules of a folder (or ``ALL``), which need not be there; returns them."""
    path = ALL if folder == ALL else str(expanded(folder).resolve())
    found = [(keeper, kept) for keeper, kept in schedules() if kept.folder == path]
    for keeper, kept in found:
        keeper.remove(kept)
        forget_environment(kept)
        history.forget(kept)
    return found


def schedules() -> list[tuple[Keeper, Schedule]]:
    """All schedules of this machine's keepers, which belong to the person who asks."""
    return [(keeper, kept) for keeper in keepers_here() for kept in keeper.schedules()]


def states() -> list[State]:
    """How each of them is."""
    return [_state(keeper, kept) for keeper, kept in schedules()]


def keys_out_of_reach(variables: Mapping[str, str]) -> Sequence[str]:
    """Keys that are in this shell's environment alone, which no scheduled run has."""
    now, then = load_settings(), load_settings(environment=variables)
    return [key for key in _KEYS if getattr(now, key) and not getattr(then, key)]


def _state(keeper: Keeper, kept: Schedule) -> State:
    runs = tuple(history.runs(kept))
    begun = [datetime.fromisoformat(run.started) for run in runs]  # each has noted that at once
    failed = keeper.failed_at(kept)
    could_not_begin = failed is not None and all(one < failed for one in begun)
    return State(kept, runs, could_not_begin, _missed(kept, begun))


def _missed(kept: Schedule, begun: Sequence[datetime]) -> datetime | None:
    """When a run should have begun that has not, be it that the machine was off."""
    due, since = last_run(kept.when, datetime.now() - _GRACE), kept_since(kept)
    if due is None or since is None or since >= due.astimezone():
        return None
    return None if any(one >= due.astimezone() for one in begun) else due


def _credentials(variables: Mapping[str, str]) -> dict[str, str]:
    """The files with keys that are named, by the names of the keys."""
    named = {key: variables.get(f"{key.upper()}_FILE") for key in _KEYS}
    return {key: path for key, path in named.items() if path is not None}


def _of_folder(keeper: Keeper, folder: str) -> bool:
    return any(kept.folder == folder for kept in keeper.schedules())

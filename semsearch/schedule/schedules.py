"""Add, list and remove schedules, and report their state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from semsearch.errors import CorpusError, SettingsError
from semsearch.schedule import history
from semsearch.schedule.backends import Backend, available_backends, backend_named
from semsearch.schedule.cron import last_run, next_run
from semsearch.schedule.duration import duration
from semsearch.schedule.environment import added_at, forget_environment, store_environment
from semsearch.schedule.schedule import ALL, USUAL_TIMEOUT, Schedule
from semsearch.settings.child_environments import (
    has_postgresql_password,
    variables_of_postgresql,
    variables_that_set,
)
from semsearch.settings.paths import expanded
from semsearch.settings.sources import load_settings, run_settings
from semsearch.store.collection.uri import EngineKind, collection_uri
from semsearch.store.locate import index_to_write

_GRACE: Final = timedelta(minutes=15)  # a run may start so much late
_KEYS: Final = ("mistral_api_key", "openai_api_key", "rerank_api_key", "milvus_token")


@dataclass(frozen=True, slots=True)
class State:
    """State of a schedule, with its runs, the oldest first.

    A folder that another scheduler has indexed by ``semsearch schedule run`` has a schedule without
    times (``when`` is empty).
    ``could_not_begin`` is True when the backend reports a failed run that left no record.
    ``missed`` is the time (local) at which the last run was due, if no run has started since.
    """

    schedule: Schedule
    runs: tuple[history.Run, ...]
    could_not_begin: bool = False
    missed: datetime | None = None

    @property
    def next(self) -> datetime | None:
        """The start of the next run, in local time; None if the schedule never comes due.

        None, too, where another scheduler decides.
        """
        return next_run(self.schedule.when, datetime.now()) if self.schedule.when else None

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
        """False when the last run failed, was killed or did not start."""
        newest = history.last(self.runs)
        has_begun = not self.could_not_begin and self.missed is None
        return has_begun and (newest is None or newest.is_well)


def minute(when: datetime) -> str:
    """A time to the minute: ``2026-01-31 02:00``."""
    return when.isoformat(sep=" ", timespec="minutes")


def schedule_for(
    folder: str | Path, when: str, index: str | None = None, timeout: str | None = None
) -> Schedule:
    """Return the schedule of a folder, or of ``ALL``: cron fields, and a timeout such as ``24h``.

    ``index`` is the index's directory if it is not in the folder. Raises ``CorpusError`` for a
    missing folder, and ``SettingsError`` for a name with characters that a crontab line or unit
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


def unchecked(folder: str | Path) -> Schedule:
    """The schedule that names a folder's runs, whether or not the folder is there."""
    return Schedule(ALL if folder == ALL else str(expanded(folder).resolve()), "")


def installed_or_new(folder: str | Path) -> Schedule:
    """Return the schedule installed for a folder, else a new one; raises like ``schedule_for``."""
    plain = schedule_for(folder, "")
    return next(
        (installed for _, installed in schedules() if installed.folder == plain.folder), plain
    )


def backend_for(name: str | None, *, only_preview: bool = False) -> Backend:
    """Return the backend of that name, else the preferred one; raises ``SettingsError``.

    With ``only_preview`` it need not be on this machine: cron, where there is none.
    """
    if name is not None:
        return backend_named(name)
    here = available_backends()
    if not here and only_preview:
        return backend_named("cron")
    if not here:
        raise SettingsError(
            "neither systemd's user manager nor crontab is on this machine; let another scheduler"
            " run: semsearch schedule run FOLDER --quiet"
        )
    return here[0]


def preview(schedule: Schedule, backend: Backend) -> str:
    """Return the text that ``add`` would write; raises ``SettingsError``."""
    return backend.preview(schedule, _credentials(_variables()))


def _variables() -> dict[str, str]:
    """The variables of this process that scheduled runs need, without keys and passwords."""
    variables = variables_that_set()
    if _publishes_to_postgresql():
        variables |= variables_of_postgresql()
    return variables


def _publishes_to_postgresql() -> bool:
    place = load_settings().publish
    return place is not None and collection_uri(place).kind is EngineKind.POSTGRESQL


def add(schedule: Schedule, backend: Backend) -> Mapping[str, str]:
    """Install a schedule with a backend, and remove the folder's schedules from other backends.

    Returns the environment variables of this process that are stored for the runs: those of
    settings, without keys.
    """
    variables = _variables()
    backend.add(schedule, _credentials(variables))
    store_environment(schedule, variables)
    for other in available_backends():
        if other.name != backend.name and _of_folder(other, schedule.folder):
            other.remove(schedule)
    return variables


def remove(folder: str | Path) -> list[tuple[Backend, Schedule]]:
    """Remove and return the schedules of a folder (or ``ALL``), which need not exist.

    The records of its runs are deleted, also of those that another scheduler started.
    """
    path = ALL if folder == ALL else str(expanded(folder).resolve())
    found = [(backend, installed) for backend, installed in schedules() if installed.folder == path]
    for backend, installed in found:
        backend.remove(installed)
        forget_environment(installed)
    history.forget(Schedule(path, ""))
    return found


def schedules() -> list[tuple[Backend, Schedule]]:
    """Return the user's schedules of all backends on this machine."""
    return [
        (backend, installed)
        for backend in available_backends()
        for installed in backend.schedules()
    ]


def states() -> list[State]:
    """Return the state of each schedule, then of the folders that another scheduler indexes."""
    installed = schedules()
    known = {schedule.folder for _, schedule in installed}
    others = [Schedule(folder, "") for folder in history.folders() if folder not in known]
    return [_state(backend, schedule) for backend, schedule in installed] + [
        State(schedule, tuple(history.runs(schedule))) for schedule in others
    ]


def keys_out_of_reach(variables: Mapping[str, str]) -> Sequence[str]:
    """Return the API keys set only in this environment, which scheduled runs lack."""
    now, then = load_settings(), load_settings(environment=variables)
    return [key for key in _KEYS if getattr(now, key) and not getattr(then, key)]


def is_password_out_of_reach() -> bool:
    """Whether the password for publishing is in this environment, which scheduled runs lack."""
    return has_postgresql_password() and _publishes_to_postgresql()


def _state(backend: Backend, installed: Schedule) -> State:
    runs = tuple(history.runs(installed))
    # Recorded at the start of a run; a time to come was taken from a clock that was ahead.
    begun = [
        began for run in runs if (began := datetime.fromisoformat(run.started)) <= datetime.now(UTC)
    ]
    failed = backend.failed_at(installed)
    could_not_begin = failed is not None and all(one < failed for one in begun)
    return State(installed, runs, could_not_begin, _missed(installed, begun))


def _missed(installed: Schedule, begun: Sequence[datetime]) -> datetime | None:
    """The time at which a run was due but none started, also because the machine was off."""
    due, since = last_run(installed.when, datetime.now() - _GRACE), added_at(installed)
    if due is None or since is None or since >= due.astimezone():
        return None
    return None if any(one >= due.astimezone() for one in begun) else due


def _credentials(variables: Mapping[str, str]) -> dict[str, str]:
    """Key files named by the variables, by the name of the key."""
    named = {key: variables.get(f"{key.upper()}_FILE") for key in _KEYS}
    return {key: path for key, path in named.items() if path is not None}


def _of_folder(backend: Backend, folder: str) -> bool:
    return any(installed.folder == folder for installed in backend.schedules())

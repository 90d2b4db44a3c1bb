"""Who keeps schedules on this machine: systemd's user manager, or cron."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Protocol

import platformdirs

from semsearch.errors import SettingsError
from semsearch.scheduling.crontab import crontab_line, schedules_in, with_line, without_line
from semsearch.scheduling.schedule import PREFIX, Schedule
from semsearch.scheduling.units import schedule_of, service_unit, timer_unit

_SECONDS: Final = 30.0  # more than either takes; a dead bus would be waited for for ever


class Keeper(Protocol):
    """Keeps schedules and runs them; ``name`` is what ``--with`` takes."""

    name: ClassVar[str]

    def shown(self, schedule: Schedule) -> str:
        """What ``add`` would write, for a person to read."""

    def add(self, schedule: Schedule) -> None:
        """Take a schedule, in place of the one of the same folder. Raises ``SettingsError``."""

    def remove(self, schedule: Schedule) -> None:
        """Drop a schedule, and whatever ``add`` has written. Raises ``SettingsError``."""

    def schedules(self) -> list[Schedule]:
        """Those that ``add`` was given, by folder. Raises ``SettingsError``."""


@dataclass(frozen=True, slots=True)
class Systemd:
    """A timer and a service for each schedule, in the folder of a user's units."""

    name: ClassVar[str] = "systemd"

    @property
    def folder(self) -> Path:
        """Where the user's manager looks for units."""
        return platformdirs.user_config_path("systemd", appauthor=False) / "user"

    def shown(self, schedule: Schedule) -> str:
        return "\n".join(
            f"# {self.folder / (schedule.name + ending)}\n{text}"
            for ending, text in (
                (".service", service_unit(schedule)),
                (".timer", timer_unit(schedule)),
            )
        )

    def add(self, schedule: Schedule) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{schedule.name}.service").write_text(service_unit(schedule), "utf-8")
        (self.folder / f"{schedule.name}.timer").write_text(timer_unit(schedule), "utf-8")
        _run("systemctl", "--user", "daemon-reload")
        _run("systemctl", "--user", "enable", "--quiet", f"{schedule.name}.timer")
        _run("systemctl", "--user", "restart", f"{schedule.name}.timer")

    def remove(self, schedule: Schedule) -> None:
        _run("systemctl", "--user", "disable", "--quiet", "--now", f"{schedule.name}.timer")
        for ending in (".timer", ".service"):
            (self.folder / (schedule.name + ending)).unlink(missing_ok=True)
        _run("systemctl", "--user", "daemon-reload")

    def schedules(self) -> list[Schedule]:
        timers = sorted(self.folder.glob(f"{PREFIX}*.timer"))
        found = (schedule_of(path.read_text("utf-8", "replace")) for path in timers)
        return sorted((s for s in found if s is not None), key=lambda s: s.folder)


@dataclass(frozen=True, slots=True)
class Cron:
    """A line for each schedule in the person's crontab."""

    name: ClassVar[str] = "cron"

    def shown(self, schedule: Schedule) -> str:
        return crontab_line(schedule)

    def add(self, schedule: Schedule) -> None:
        _run("crontab", "-", given=with_line(_crontab(), schedule))

    def remove(self, schedule: Schedule) -> None:
        _run("crontab", "-", given=without_line(_crontab(), schedule.name))

    def schedules(self) -> list[Schedule]:
        return sorted(schedules_in(_crontab()), key=lambda schedule: schedule.folder)


_KEEPERS: Final[tuple[Keeper, ...]] = (Systemd(), Cron())


def keeper_named(name: str) -> Keeper:
    """The keeper that ``--with`` names; raises ``SettingsError``."""
    for keeper in _KEEPERS:
        if keeper.name == name:
            return keeper
    raise SettingsError(f"--with {name} cannot be: take systemd or cron")


def keepers_here() -> list[Keeper]:
    """Those that this machine has, the better one first."""
    has_systemd = shutil.which("systemctl") is not None and _is_answering()
    return [
        *([_KEEPERS[0]] if has_systemd else []),
        *([_KEEPERS[1]] if shutil.which("crontab") is not None else []),
    ]


def _is_answering() -> bool:
    """Whether this user has a manager; in a container, for instance, nobody has."""
    return _ended("systemctl", "--user", "show-environment").returncode == 0


def _crontab() -> str:
    """The crontab as it is; "no crontab for NAME", of all crons, means that it is empty."""
    done = _ended("crontab", "-l")
    if done.returncode == 0:
        return done.stdout
    if "no crontab" in done.stderr:
        return ""
    raise SettingsError(_failure("crontab", done))


def _run(*command: str, given: str = "") -> None:
    done = _ended(*command, given=given)
    if done.returncode != 0:
        raise SettingsError(_failure(command[0], done))


def _failure(program: str, done: subprocess.CompletedProcess[str]) -> str:
    said = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
    return f"{program} failed: {said}; --print shows what it was to take"


def _ended(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  # constants and names of our own
            command,
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingsError(f"{command[0]} cannot be run: {error}") from error

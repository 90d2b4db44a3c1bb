"""Who keeps schedules: systemd's user manager, cron, launchd, or the Windows Task Scheduler."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final, Protocol

import platformdirs

from semsearch.errors import SettingsError
from semsearch.schedule.crontab import crontab_line, schedules_in, with_line, without_line
from semsearch.schedule.launchd import agent, schedule_of_agent
from semsearch.schedule.schedule import PREFIX, Schedule
from semsearch.schedule.systemd import schedule_of, service_unit, timer_unit
from semsearch.schedule.windows import schedule_of_task, task

_SECONDS: Final = 30.0  # more than either takes; a dead bus would be waited for for ever


Credentials = Mapping[str, str]  # files with keys, by the names of these (mistral_api_key)


class Keeper(Protocol):
    """Keeps schedules and runs them; ``name`` is what ``--with`` takes."""

    name: ClassVar[str]

    def shown(self, schedule: Schedule, credentials: Credentials) -> str:
        """What ``add`` would write, for a person to read. Raises ``SettingsError``."""

    def add(self, schedule: Schedule, credentials: Credentials) -> None:
        """Take a schedule, in place of the one of the same folder. Raises ``SettingsError``."""

    def remove(self, schedule: Schedule) -> None:
        """Drop a schedule, and whatever ``add`` has written. Raises ``SettingsError``."""

    def schedules(self) -> list[Schedule]:
        """Those that ``add`` was given, by folder. Raises ``SettingsError``."""

    def failed_at(self, schedule: Schedule) -> datetime | None:
        """When the last run began (UTC), if the keeper itself says that it has failed."""


@dataclass(frozen=True, slots=True)
class Systemd:
    """A timer and a service for each schedule, in the folder of a user's units."""

    name: ClassVar[str] = "systemd"

    @property
    def folder(self) -> Path:
        """Where the user's manager looks for units."""
        return platformdirs.user_config_path("systemd", appauthor=False) / "user"

    def shown(self, schedule: Schedule, credentials: Credentials) -> str:
        return "\n".join(
            f"# {self.folder / (schedule.name + ending)}\n{text}"
            for ending, text in (
                (".service", service_unit(schedule, credentials)),
                (".timer", timer_unit(schedule)),
            )
        )

    def add(self, schedule: Schedule, credentials: Credentials) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        service = service_unit(schedule, credentials)
        (self.folder / f"{schedule.name}.service").write_text(service, "utf-8")
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
        return _by_folder(found)

    def failed_at(self, schedule: Schedule) -> datetime | None:
        # A version before 247 has no --timestamp, and says nothing.
        told = _ended(
            *("systemctl", "--user", "show", "--timestamp=unix"),
            *("--property=ActiveState,ExecMainStartTimestamp", f"{schedule.name}.service"),
        )
        values = dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
        began = values.get("ExecMainStartTimestamp", "").removeprefix("@")
        if values.get("ActiveState") != "failed" or not began.isdecimal():
            return None
        return datetime.fromtimestamp(int(began), UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """A line for each schedule in the person's crontab."""

    name: ClassVar[str] = "cron"

    def shown(self, schedule: Schedule, _credentials: Credentials) -> str:
        return crontab_line(schedule)

    def add(self, schedule: Schedule, _credentials: Credentials) -> None:
        _run("crontab", "-", given=with_line(_crontab(), schedule))

    def remove(self, schedule: Schedule) -> None:
        left = without_line(_crontab(), schedule.name)
        if left:
            _run("crontab", "-", given=left)
        else:
            _run("crontab", "-r")  # an empty one would be left

    def schedules(self) -> list[Schedule]:
        return _by_folder(schedules_in(_crontab()))

    def failed_at(self, _schedule: Schedule) -> None:
        return None  # it keeps nothing of what it has run


@dataclass(frozen=True, slots=True)
class Launchd:
    """An agent for each schedule, in the folder of a person's agents (macOS)."""

    name: ClassVar[str] = "launchd"

    @property
    def folder(self) -> Path:
        """Where launchd looks for them."""
        return Path.home() / "Library" / "LaunchAgents"

    def shown(self, schedule: Schedule, _credentials: Credentials) -> str:
        return agent(schedule).decode("utf-8")

    def add(self, schedule: Schedule, _credentials: Credentials) -> None:
        content = agent(schedule)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._unload(schedule)
        self._file(schedule).write_bytes(content)
        _run("launchctl", "bootstrap", _domain(), str(self._file(schedule)))

    def remove(self, schedule: Schedule) -> None:
        self._unload(schedule)
        self._file(schedule).unlink(missing_ok=True)

    def schedules(self) -> list[Schedule]:
        return _by_folder(
            schedule_of_agent(path.read_bytes())
            for path in sorted(self.folder.glob(f"{PREFIX}*.plist"))
        )

    def failed_at(self, _schedule: Schedule) -> None:
        return None  # what launchd keeps is the exit code, which the history has

    def _file(self, schedule: Schedule) -> Path:
        return self.folder / f"{schedule.name}.plist"

    def _unload(self, schedule: Schedule) -> None:
        """One that is not loaded is not there to be unloaded, which launchctl calls a failure."""
        _ended("launchctl", "bootout", f"{_domain()}/{schedule.name}")


@dataclass(frozen=True, slots=True)
class Windows:
    """A task for each schedule; its XML is kept, as Windows gives it back in other words."""

    name: ClassVar[str] = "windows"

    @property
    def folder(self) -> Path:
        """Where the XML is."""
        return platformdirs.user_config_path("semsearch", appauthor=False) / "tasks"

    def shown(self, schedule: Schedule, _credentials: Credentials) -> str:
        return task(schedule)

    def add(self, schedule: Schedule, _credentials: Credentials) -> None:
        content = task(schedule)
        self.folder.mkdir(parents=True, exist_ok=True)
        # schtasks takes UTF-16, with its mark.
        self._file(schedule).write_text(content, "utf-16")
        name, path = f"semsearch\\{schedule.name}", str(self._file(schedule))
        _run("schtasks", "/create", "/tn", name, "/xml", path, "/f")

    def remove(self, schedule: Schedule) -> None:
        _run("schtasks", "/delete", "/tn", f"semsearch\\{schedule.name}", "/f")
        self._file(schedule).unlink(missing_ok=True)

    def schedules(self) -> list[Schedule]:
        found = []
        for path in sorted(self.folder.glob(f"{PREFIX}*.xml")):
            with suppress(UnicodeError):  # somebody's
                found.append(schedule_of_task(path.read_text("utf-16")))
        return _by_folder(found)

    def failed_at(self, _schedule: Schedule) -> None:
        return None  # as for launchd

    def _file(self, schedule: Schedule) -> Path:
        return self.folder / f"{schedule.name}.xml"


_KEEPERS: Final[tuple[Keeper, ...]] = (Systemd(), Cron(), Launchd(), Windows())
_NAMES: Final = tuple(keeper.name for keeper in _KEEPERS)


def keeper_named(name: str) -> Keeper:
    """The keeper that ``--with`` names; raises ``SettingsError``."""
    for keeper in _KEEPERS:
        if keeper.name == name:
            return keeper
    raise SettingsError(f"--with {name} cannot be: take {', '.join(_NAMES)}")


def keepers_here() -> list[Keeper]:
    """Those that this machine has, the better one first."""
    systemd, cron, launchd, windows = _KEEPERS
    if sys.platform == "win32":
        return [windows]
    if sys.platform == "darwin":
        return [launchd]
    has_systemd = shutil.which("systemctl") is not None and _is_answering()
    return [
        *([systemd] if has_systemd else []),
        *([cron] if shutil.which("crontab") is not None else []),
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


def _by_folder(found: Iterable[Schedule | None]) -> list[Schedule]:
    return sorted((s for s in found if s is not None), key=lambda s: s.folder)


def _domain() -> str:
    """That of a person who is logged in on the screen (launchctl(1))."""
    return f"gui/{os.getuid()}" if hasattr(os, "getuid") else ""


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

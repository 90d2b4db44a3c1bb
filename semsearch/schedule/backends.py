"""Schedule backends: systemd's user manager, cron, launchd, the Windows Task Scheduler."""

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

_SECONDS: Final = 30.0  # timeout of a command; without it a dead bus would block for ever


Credentials = Mapping[str, str]  # key name (mistral_api_key) → file with the key


class Backend(Protocol):
    """Scheduler that stores schedules and starts runs; ``name`` is the value of ``--with``."""

    name: ClassVar[str]

    def preview(self, schedule: Schedule, credentials: Credentials) -> str:
        """Return the text that ``add`` would write. Raises ``SettingsError``."""

    def add(self, schedule: Schedule, credentials: Credentials) -> None:
        """Install a schedule; it replaces the folder's former one. Raises ``SettingsError``."""

    def remove(self, schedule: Schedule) -> None:
        """Remove a schedule and all files that ``add`` wrote. Raises ``SettingsError``."""

    def schedules(self) -> list[Schedule]:
        """Return the schedules that semsearch added, by folder. Raises ``SettingsError``."""

    def failed_at(self, schedule: Schedule) -> datetime | None:
        """Start of the last run (UTC) if the backend reports that it failed; else None."""


@dataclass(frozen=True, slots=True)
class Systemd:
    """Backend systemd: a timer and a service per schedule, among the user's units."""

    name: ClassVar[str] = "systemd"

    @property
    def folder(self) -> Path:
        """The folder of the user's units."""
        return platformdirs.user_config_path("systemd", appauthor=False) / "user"

    def preview(self, schedule: Schedule, credentials: Credentials) -> str:
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
        # systemd before 247 has no --timestamp and prints nothing.
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
    """Backend cron: a line per schedule in the user's crontab."""

    name: ClassVar[str] = "cron"

    def preview(self, schedule: Schedule, _credentials: Credentials) -> str:
        return crontab_line(schedule)

    def add(self, schedule: Schedule, _credentials: Credentials) -> None:
        _run("crontab", "-", given=with_line(_crontab(), schedule))

    def remove(self, schedule: Schedule) -> None:
        left = without_line(_crontab(), schedule.name)
        if left:
            _run("crontab", "-", given=left)
        else:
            _run("crontab", "-r")  # else an empty crontab would remain

    def schedules(self) -> list[Schedule]:
        return _by_folder(schedules_in(_crontab()))

    def failed_at(self, _schedule: Schedule) -> None:
        return None  # cron stores no results of runs


@dataclass(frozen=True, slots=True)
class Launchd:
    """Backend launchd (macOS): an agent per schedule in the user's LaunchAgents folder."""

    name: ClassVar[str] = "launchd"

    @property
    def folder(self) -> Path:
        """The folder of the user's agents."""
        return Path.home() / "Library" / "LaunchAgents"

    def preview(self, schedule: Schedule, _credentials: Credentials) -> str:
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
        return None  # launchd stores only the exit code, which the history has, too

    def _file(self, schedule: Schedule) -> Path:
        return self.folder / f"{schedule.name}.plist"

    def _unload(self, schedule: Schedule) -> None:
        """Unload an agent; launchctl's failure for an agent that is not loaded is ignored."""
        _ended("launchctl", "bootout", f"{_domain()}/{schedule.name}")


@dataclass(frozen=True, slots=True)
class Windows:
    """Backend Task Scheduler: a task per schedule; its XML is stored, as Windows rewrites it."""

    name: ClassVar[str] = "windows"

    @property
    def folder(self) -> Path:
        """The folder of the tasks' XML files."""
        return platformdirs.user_config_path("semsearch", appauthor=False) / "tasks"

    def preview(self, schedule: Schedule, _credentials: Credentials) -> str:
        return task(schedule)

    def add(self, schedule: Schedule, _credentials: Credentials) -> None:
        content = task(schedule)
        self.folder.mkdir(parents=True, exist_ok=True)
        # schtasks requires UTF-16 with a byte order mark.
        self._file(schedule).write_text(content, "utf-16")
        name, path = f"semsearch\\{schedule.name}", str(self._file(schedule))
        _run("schtasks", "/create", "/tn", name, "/xml", path, "/f")

    def remove(self, schedule: Schedule) -> None:
        _run("schtasks", "/delete", "/tn", f"semsearch\\{schedule.name}", "/f")
        self._file(schedule).unlink(missing_ok=True)

    def schedules(self) -> list[Schedule]:
        found = []
        for path in sorted(self.folder.glob(f"{PREFIX}*.xml")):
            with suppress(UnicodeError):  # a file that semsearch did not write
                found.append(schedule_of_task(path.read_text("utf-16")))
        return _by_folder(found)

    def failed_at(self, _schedule: Schedule) -> None:
        return None  # the history has the exit code

    def _file(self, schedule: Schedule) -> Path:
        return self.folder / f"{schedule.name}.xml"


_BACKENDS: Final[tuple[Backend, ...]] = (Systemd(), Cron(), Launchd(), Windows())
_NAMES: Final = tuple(backend.name for backend in _BACKENDS)


def backend_named(name: str) -> Backend:
    """Return the backend that ``--with`` names; raises ``SettingsError``."""
    for backend in _BACKENDS:
        if backend.name == name:
            return backend
    raise SettingsError(f"--with {name} cannot be: take {', '.join(_NAMES)}")


def available_backends() -> list[Backend]:
    """Return the backends available on this machine, the preferred first."""
    systemd, cron, launchd, windows = _BACKENDS
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
    """True when the user has a systemd manager; in a container, for instance, there is none."""
    return _ended("systemctl", "--user", "show-environment").returncode == 0


def _crontab() -> str:
    """The user's crontab; empty for the message "no crontab for NAME" of all cron versions."""
    done = _ended("crontab", "-l")
    if done.returncode == 0:
        return done.stdout
    if "no crontab" in done.stderr:
        return ""
    raise SettingsError(_failure("crontab", done))


def _by_folder(found: Iterable[Schedule | None]) -> list[Schedule]:
    return sorted((s for s in found if s is not None), key=lambda s: s.folder)


def _domain() -> str:
    """The launchd domain of the user's graphical session (launchctl(1))."""
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
        return subprocess.run(  # noqa: S603  # commands are constants
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

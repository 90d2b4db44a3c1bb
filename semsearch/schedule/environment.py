"""Environment variables stored for a schedule's runs, in a file of mode 0600."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from semsearch.errors import SettingsError
from semsearch.schedule.schedule import Schedule


def stored_environment(schedule: Schedule) -> dict[str, str]:
    """Return the stored variables; empty without a file. Raises ``SettingsError``."""
    path = environment_file(schedule)
    try:
        kept = json.loads(path.read_text("utf-8"))
        return {str(name): str(value) for name, value in dict(kept).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(
            f"cannot read {path}, the settings of this schedule: {error}; make it anew with"
            " semsearch schedule add"
        ) from error


def store_environment(schedule: Schedule, variables: Mapping[str, str]) -> None:
    """Store variables in place of the former ones, even if empty; raises ``SettingsError``."""
    path = environment_file(schedule)
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(dict(variables), file, indent=2)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SettingsError(f"cannot keep the settings of this schedule: {error}") from error


def forget_environment(schedule: Schedule) -> None:
    """Delete the stored variables; raises ``SettingsError``."""
    path = environment_file(schedule)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot remove {path}: {error.strerror}") from error


def added_at(schedule: Schedule) -> datetime | None:
    """Return when the schedule was added (UTC); None when that is unknown."""
    try:
        return datetime.fromtimestamp(environment_file(schedule).stat().st_mtime, UTC)
    except OSError:
        return None


def environment_file(schedule: Schedule) -> Path:
    """Return the path of the file with a schedule's variables."""
    folder = platformdirs.user_config_path("semsearch", appauthor=False) / "schedules"
    return folder / f"{schedule.name}.json"

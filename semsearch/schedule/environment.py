"""The settings of a shell that a schedule's runs have, too: a file for its owner only (0600)."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from semsearch.errors import SettingsError
from semsearch.schedule.schedule import Schedule


def kept_environment(schedule: Schedule) -> dict[str, str]:
    """The variables that were kept; none where there are none. Raises ``SettingsError``."""
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


def keep_environment(schedule: Schedule, variables: Mapping[str, str]) -> None:
    """Keep these, in place of those that were, also if there is none; raises ``SettingsError``."""
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
    """Keep nothing any more; raises ``SettingsError``."""
    path = environment_file(schedule)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot remove {path}: {error.strerror}") from error


def kept_since(schedule: Schedule) -> datetime | None:
    """When the schedule was added (UTC); None when nobody knows."""
    try:
        return datetime.fromtimestamp(environment_file(schedule).stat().st_mtime, UTC)
    except OSError:
        return None


def environment_file(schedule: Schedule) -> Path:
    """Where they are kept."""
    folder = platformdirs.user_config_path("semsearch", appauthor=False) / "schedules"
    return folder / f"{schedule.name}.json"

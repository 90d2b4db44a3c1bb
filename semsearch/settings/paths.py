"""Paths of the user's settings, state and cache, and expansion of ``~``."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from semsearch.errors import SettingsError


def expanded(path: str | Path) -> Path:
    """Expand ``~`` and ``~NAME`` in a path; raises ``SettingsError`` for an unknown user."""
    if "\0" in str(path):
        raise SettingsError("a path cannot hold a NUL byte")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise SettingsError(f"{path} names the home of nobody: {error}") from error


def history_file() -> Path:
    """Return the path of the prompt's history."""
    return state_directory() / "history"


def state_directory() -> Path:
    """Return the folder of what semsearch keeps for the user: history, choices, a secret."""
    return Path(platformdirs.user_state_dir("semsearch", appauthor=False))


def derived_directory() -> Path:
    """Return the folder of derived indexes of other people's indexes; it may be deleted."""
    return Path(platformdirs.user_cache_dir("semsearch", appauthor=False)) / "derived"


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """Return the path of the user's settings file, which need not exist."""
    environment = os.environ if environment is None else environment
    named = environment.get("SEMSEARCH_CONFIG")
    return Path(named) if named else _config_directory() / "config.toml"


def _config_directory() -> Path:
    return Path(platformdirs.user_config_dir("semsearch", appauthor=False))

"""Where a person's settings and history are kept, and ``~`` in a path."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from semsearch.errors import SettingsError


def expanded(path: str | Path) -> Path:
    """The path with ``~`` and ``~NAME`` replaced; raises ``SettingsError`` for nobody's home."""
    if "\0" in str(path):
        raise SettingsError("a path cannot hold a NUL byte")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise SettingsError(f"{path} names the home of nobody: {error}") from error


def history_file() -> Path:
    """Where the prompt keeps what was asked."""
    return Path(platformdirs.user_state_dir("semsearch", appauthor=False)) / "history"


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """The file with a person's own settings, which need not be there."""
    environment = os.environ if environment is None else environment
    named = environment.get("SEMSEARCH_CONFIG")
    return Path(named) if named else _config_directory() / "config.toml"


def _config_directory() -> Path:
    return Path(platformdirs.user_config_dir("semsearch", appauthor=False))

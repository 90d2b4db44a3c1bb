"""Sources of settings, by precedence: flags, environment, index, project file, user file, defaults.

A setting named ``overlap_characters`` is ``SEMSEARCH_OVERLAP_CHARACTERS`` in the environment and
``overlap_characters = 150`` in a file. The user file is ``config.toml`` in the platform's
configuration directory (or ``SEMSEARCH_CONFIG``). The project file is ``.semsearch.toml`` at the
top of the corpus. The index's settings are those stored by ``tune``. A project file may come with
documents of other people, so it may only set values that decide neither where text is sent nor
which secret is used.
"""

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, get_type_hints

from semsearch.errors import KeyRefused, SettingsError
from semsearch.safe_open import open_regular
from semsearch.settings.paths import expanded, user_file
from semsearch.settings.schema import VARIABLE_PREFIXES, Settings
from semsearch.settings.secrets import (
    LARGEST_FILE,
    Secret,
    is_private,
    key_from_file,
    parsed_key,
    without_passwords,
)

PROJECT_FILE: Final = ".semsearch.toml"
# Settings that are secrets; NAME_file names a file that holds the secret NAME.
_SECRETS: Final = ("mistral_api_key", "openai_api_key", "rerank_api_key", "milvus_token")
_PROXY_OF_ENVIRONMENT: Final = "environment"
_PROJECT_KEYS: Final = frozenset(
    {"passage_characters", "overlap_characters", "context", "max_file_bytes"}
)


class SettingsSources(NamedTuple):
    """User file, environment and flags, read once; ``settings`` merges them."""

    user_file: Mapping[str, Any]
    from_environment: Mapping[str, Any]
    flags: Mapping[str, Any]
    environment: Mapping[str, str]

    @classmethod
    def read(
        cls, flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
    ) -> "SettingsSources":
        """Read user file and environment; flags of None are not set.

        Raises ``SettingsError`` for invalid TOML, a named file that is missing, an unknown setting
        or an invalid value, and ``KeyRefused`` for a key in a file that others can read.
        """
        environment = os.environ if environment is None else environment
        place = user_file(environment)
        values: dict[str, Any] = {}
        if place != Path(os.devnull):  # SEMSEARCH_CONFIG=/dev/null means no settings
            if environment.get("SEMSEARCH_CONFIG") and not place.exists():
                raise SettingsError(
                    f"there is no settings file {place}, which SEMSEARCH_CONFIG names"
                )
            values = _from_file(place, allowed=None)
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        return cls(values, _from_environment(environment), given, environment)

    def settings(
        self, *, project: Path | None = None, own: Mapping[str, Any] | None = None
    ) -> Settings:
        """Merge the sources; ``project`` is the corpus folder, ``own`` the settings of its index.

        Raises ``SettingsError`` for an invalid project file or value, and ``KeyRefused`` for an
        unusable API key.
        """
        values = dict(self.user_file)
        of_project: dict[str, Any] = {}
        if project is not None:
            of_project = _from_file(project / PROJECT_FILE, allowed=_PROJECT_KEYS)
            values |= of_project
        values |= own or {}
        values |= self.from_environment
        values |= self.flags
        for name in _SECRETS:
            if name not in values:
                values[name] = key_from_file(name, values.get(f"{name}_file"), self.environment)
        if values.get("proxy") == _PROXY_OF_ENVIRONMENT:
            values["proxy"] = _proxy(self.environment)
        try:
            return Settings(**values)
        except SettingsError as error:
            if project is not None and _are_valid_without(of_project, values):
                raise SettingsError(f"{project / PROJECT_FILE}: {error}") from error
            raise


def _are_valid_without(suspects: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether the values are valid without those that a file has set."""
    kept = {
        name: value
        for name, value in values.items()
        if not (name in suspects and suspects[name] == value)
    }
    try:
        Settings(**kept)
    except SettingsError:
        return False
    return bool(suspects)


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    project: Path | None = None,
    own: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read all sources and merge them; flags of None are not set.

    ``project`` is the folder of a corpus, ``own`` the settings of its index. Raises
    ``SettingsError`` and ``KeyRefused`` like ``SettingsSources``.
    """
    return SettingsSources.read(flags, environment).settings(project=project, own=own)


class CallSettings:
    """Settings of a call: those given, else those of all sources, updated with its arguments.

    ``embedder`` is used if it is a URI. ``limits`` are other settings by name; None is not set.
    Raises ``SettingsError`` and ``KeyRefused`` like ``SettingsSources``.
    """

    def __init__(
        self,
        given: Settings | None,
        *,
        index: str | Path | None = None,
        embedder: object = None,
        **limits: float | str | None,
    ) -> None:
        if index is not None and not str(index).strip():
            raise SettingsError("the index that is named is empty; name a folder or a .semsearch")
        flags: dict[str, Any] = {
            "index": None if index is None else str(index),
            "embedder": embedder if isinstance(embedder, str) else None,
            **limits,
        }
        self._flags = {name: value for name, value in flags.items() if value is not None}
        self._under = SettingsSources.read(self._flags) if given is None else given

    def settings(
        self, *, project: Path | None = None, own: Mapping[str, Any] | None = None
    ) -> Settings:
        """Return the settings; ``project`` and ``own`` are ignored if settings were given."""
        if isinstance(self._under, SettingsSources):
            return self._under.settings(project=project, own=own)
        return replace(self._under, **self._flags)


def run_settings(
    settings: Settings | None,
    *,
    index: str | Path | None = None,
    embedder: object = None,
    project: Path | None = None,
    own: Mapping[str, Any] | None = None,
    **limits: float | str | None,
) -> Settings:
    """Return the settings of a call; the arguments are those of ``CallSettings``."""
    call = CallSettings(settings, index=index, embedder=embedder, **limits)
    return call.settings(project=project, own=own)


def _from_file(path: Path, allowed: frozenset[str] | None) -> dict[str, Any]:
    try:
        # The user file may be a symbolic link; a link in a corpus would lead out of it.
        with open_regular(path, follows_links=allowed is None) as file:
            text = file.read(LARGEST_FILE).decode("utf-8")
            is_for_owner_only = is_private(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read settings from {path}: {error}") from error
    import tomllib  # here: many users have no settings file

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    if table.keys() & set(_SECRETS) and not is_for_owner_only:
        raise KeyRefused(
            f"{path} holds an API key and can be read by others; run: chmod 600 {path}"
        )
    if _names_a_password(table) and not is_for_owner_only:
        raise KeyRefused(
            f"{path} holds a password and can be read by others; run: chmod 600 {path}"
        )
    for name in table:
        if allowed is not None and name not in allowed:
            may = ", ".join(sorted(allowed))
            raise SettingsError(f"{path} may not set '{name}'; a project file may set {may}")
    return {name: _converted(name, value, str(path)) for name, value in table.items()}


def _names_a_password(table: Mapping[str, Any]) -> bool:
    """Whether a table of settings names a collection with the password for it."""
    named = table.get("indexes")
    places = [
        table.get("index"),
        table.get("publish"),
        *(named.values() if isinstance(named, dict) else ()),
    ]
    return any(isinstance(one, str) and without_passwords(one) != one for one in places)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        for variable in (f"SEMSEARCH_{setting.name.upper()}", setting.name.upper()):
            if variable.startswith(VARIABLE_PREFIXES) and environment.get(variable):
                values[setting.name] = _converted(setting.name, environment[variable], variable)
                break
    return values


def _converted(name: str, value: Any, source: str) -> Any:
    """Convert a raw value to the type of its setting; text is accepted for all scalar types."""
    wanted = get_type_hints(Settings).get(name)
    if wanted is None:
        raise SettingsError(f"{source} sets '{name}', which is no setting of semsearch")
    try:
        if wanted == Mapping[str, str]:
            if isinstance(value, str):
                raise TypeError("it is a table, for a settings file only")
            return {str(key): os.fspath(item) for key, item in dict(value).items()}
        if wanted == Mapping[str, float]:
            if isinstance(value, str):
                raise TypeError("it is a table, for a settings file only")
            return {str(key): float(item) for key, item in dict(value).items()}
        if wanted == Secret | None:
            return parsed_key(str(value), source)
        if wanted in (Path, Path | None):
            return expanded(value)
        if wanted == str | None:
            return str(value)
        if isinstance(value, bool):
            raise TypeError("true and false do not fit")
        scalar = int if wanted == int | None else float if wanted == float | None else wanted
        return scalar(value)
    except (TypeError, ValueError, OverflowError) as error:
        shown = "" if wanted == Secret | None else f" {without_passwords(repr(value))}"
        raise SettingsError(f"{source}: '{name}' cannot be{shown}: {error}") from error


def _proxy(environment: Mapping[str, str]) -> str | None:
    """The proxy in the usual environment variables, used only if the setting asks for it."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        if environment.get(name):
            return environment[name]
    return None

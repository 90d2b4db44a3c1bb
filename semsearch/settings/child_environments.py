"""Environments of child processes: each gets the variables of a list, and none gets a key."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_type_hints

from semsearch.settings.paths import expanded
from semsearch.settings.schema import VARIABLE_PREFIXES, Settings
from semsearch.settings.secrets import Secret

_FOR_READERS: Final = (  # needed by Python, the locale and tesseract
    "PATH PYTHONHOME PYTHONPATH VIRTUAL_ENV LANG LC_ALL LC_CTYPE SYSTEMROOT TEMP TMP TMPDIR"
    " TESSDATA_PREFIX"
).split()
# What a person's own program needs to find the person, the language, the screen and the mail.
_FOR_COMMANDS: Final = (
    "PATH HOME USER LOGNAME SHELL PWD LANG LANGUAGE TZ TERM MAIL MAILRC EMAIL TMPDIR TEMP TMP"
    " DISPLAY WAYLAND_DISPLAY XAUTHORITY DBUS_SESSION_BUS_ADDRESS XDG_CACHE_HOME XDG_CONFIG_HOME"
    " XDG_CURRENT_DESKTOP XDG_DATA_DIRS XDG_DATA_HOME XDG_RUNTIME_DIR XDG_SESSION_TYPE"
    " XDG_STATE_HOME SEMSEARCH_CONFIG"
    " APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATHEXT PROGRAMDATA PROGRAMFILES SYSTEMDRIVE"
    " SYSTEMROOT USERNAME USERPROFILE WINDIR"
).split()
_LOCALE: Final = "LC_"
# Where PostgreSQL's client finds server, user, certificates and the file of passwords (its manual,
# "Environment Variables"); PGPASSWORD is a secret.
_FOR_POSTGRESQL: Final = (
    "PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGSSLMODE PGREQUIRESSL PGSSLNEGOTIATION"
    " PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGCHANNELBINDING PGREQUIREAUTH PGGSSENCMODE"
    " PGKRBSRVNAME PGTARGETSESSIONATTRS PGOPTIONS"
).split()
_FILES_FOR_POSTGRESQL: Final = (
    "PGPASSFILE PGSERVICEFILE PGSYSCONFDIR PGSSLROOTCERT PGSSLCERT PGSSLKEY PGSSLCRL PGSSLCRLDIR"
).split()


def reader_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a process that reads documents: a few variables, no keys."""
    environment = os.environ if environment is None else environment
    return {name: environment[name] for name in _FOR_READERS if name in environment}


def command_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a command that is told news: person, locale, screen and paths."""
    environment = os.environ if environment is None else environment
    return {
        name: value
        for name, value in environment.items()
        if name in _FOR_COMMANDS or name.startswith(_LOCALE)
    }


def variables_that_set(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of settings, without keys and index; paths are made absolute."""
    environment = os.environ if environment is None else environment
    kinds = get_type_hints(Settings)
    kept = {}
    for name, kind in {**kinds, "config": Path}.items():
        if kind == Secret | None or name == "index":
            continue
        for variable in (f"SEMSEARCH_{name.upper()}", name.upper()):
            value = environment.get(variable)
            if variable.startswith(VARIABLE_PREFIXES) and value:
                is_path = kind in (Path, Path | None)
                kept[variable] = str(expanded(value).absolute()) if is_path else value
    return kept


def variables_of_postgresql(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of PostgreSQL's client, without its password; paths are absolute."""
    environment = os.environ if environment is None else environment
    kept = {name: environment[name] for name in _FOR_POSTGRESQL if environment.get(name)}
    for name in _FILES_FOR_POSTGRESQL:
        value = environment.get(name)
        if value:  # sslrootcert=system is no file
            is_file = name != "PGSSLROOTCERT" or value != "system"
            kept[name] = str(expanded(value).absolute()) if is_file else value
    return kept


def has_postgresql_password(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether the environment has a password for PostgreSQL's client."""
    environment = os.environ if environment is None else environment
    return bool(environment.get("PGPASSWORD"))


def environment_with(
    variables: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return this environment updated with some variables, for a child semsearch process."""
    return {**(os.environ if environment is None else environment), **variables}

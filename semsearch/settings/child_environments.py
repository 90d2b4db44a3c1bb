"""Environments of child processes: readers and commands get no keys."""

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


def reader_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a process that reads documents: a few variables, no keys."""
    environment = os.environ if environment is None else environment
    return {name: environment[name] for name in _FOR_READERS if name in environment}


def environment_without_keys(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment without API keys, for the user's own commands."""
    environment = os.environ if environment is None else environment
    return {name: value for name, value in environment.items() if not name.endswith("_API_KEY")}


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


def environment_with(
    variables: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return this environment updated with some variables, for a child semsearch process."""
    return {**(os.environ if environment is None else environment), **variables}

"""Environment variables of other programs that semsearch honours: editor, colour, debugging."""

import os
from collections.abc import Mapping


def editor_named(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the command in ``VISUAL``, else in ``EDITOR``, else None."""
    environment = os.environ if environment is None else environment
    return environment.get("VISUAL") or environment.get("EDITOR") or None


def debug_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Return True when ``SEMSEARCH_DEBUG`` asks for tracebacks of bugs in semsearch."""
    environment = os.environ if environment is None else environment
    return bool(environment.get("SEMSEARCH_DEBUG"))


def colour_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Return False when ``NO_COLOR`` is set (https://no-color.org) or the terminal is dumb."""
    environment = os.environ if environment is None else environment
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"

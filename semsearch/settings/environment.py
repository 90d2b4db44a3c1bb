"""Environment variables of other programs: those that semsearch honours, and one that it sets."""

import os
from collections.abc import Mapping
from typing import Final

_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"


def decline_telemetry() -> None:
    """Tell ONNX Runtime, before it is imported, not to report to its maker.

    From 1.29 on its packages send names and hashes of models, times and a number for the machine,
    which they keep in the user's cache. The decision holds for the process.
    """
    os.environ[_NO_TELEMETRY] = "1"


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


def command_in_completion() -> list[str]:
    """The command for whose options a shell asks a completion; empty where there is none.

    bash hands over its words in ``COMP_WORDS``, every other shell the line in the other variable.
    """
    if "_SEMSEARCH_COMPLETE" not in os.environ:
        return []
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    words = line.split()
    is_whole = len(words) > 2 or line[-1:].isspace()  # the name itself is typed to its end
    return words[1:2] if is_whole else []

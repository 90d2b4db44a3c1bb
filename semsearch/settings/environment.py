"""Environment variables of other programs: those that semsearch honours, and those that it sets."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

_WITH_LINKS: Final = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby")
_VTE_WITH_LINKS: Final = 5000  # GNOME Terminal and others of its library: 0.50
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
# pymilvus's import loads `.env` of the current folder, or of one above its own, into this process's
# environment (python-dotenv leaves that by this variable since 1.2). gRPC writes failed handshakes
# of TLS to standard error; it takes its level when it is imported.
_AT_PYMILVUS_IMPORT: Final = {"PYTHON_DOTENV_DISABLED": "1", "GRPC_VERBOSITY": "NONE"}
# pymilvus reads them at its import, for connections by name, which nobody asks for here; with a
# wrong address its import fails.
_NOT_FOR_PYMILVUS: Final = ("MILVUS_URI", "MILVUS_DEFAULT_CONNECTION", "MILVUS_CONN_TIMEOUT")
_changing: Final = threading.Lock()


@contextmanager
def for_pymilvus_import() -> Iterator[None]:
    """Have the environment that pymilvus is imported in; it is as before in the end."""
    with _changing:
        names = (*_AT_PYMILVUS_IMPORT, *_NOT_FOR_PYMILVUS)
        before = {name: os.environ.pop(name, None) for name in names}
        os.environ.update(_AT_PYMILVUS_IMPORT)
        try:
            yield
        finally:
            for name in _AT_PYMILVUS_IMPORT:
                os.environ.pop(name, None)
            os.environ.update({name: value for name, value in before.items() if value is not None})


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


def colour_wanted(
    environment: Mapping[str, str] | None = None, *, is_terminal: bool = True
) -> bool:
    """Whether output has colours: on a terminal, or where ``FORCE_COLOR`` is set.

    ``NO_COLOR`` goes before it, as in Python 3.13. https://no-color.org, https://force-color.org
    """
    environment = os.environ if environment is None else environment
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


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


def links_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal is known to make links of OSC 8; ``FORCE_HYPERLINK`` decides it.

    Others print nothing of them, but a few old ones print the codes. Known by the variables that
    each sets: https://github.com/Alhadis/OSC8-Adoption
    """
    environment = os.environ if environment is None else environment
    forced = environment.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    if not colour_wanted(environment) or "TMUX" in environment:
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _WITH_LINKS
        or environment.get("TERM", "").partition("-")[2] in ("kitty", "ghostty")
        or environment.get("TERM", "").partition("-")[0] in ("foot", "contour")
        or any(name in environment for name in ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION"))
        or (vte.isdecimal() and int(vte) >= _VTE_WITH_LINKS)
    )

"""Opener of documents at a place: the user's command, an editor, or the system's opener."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path, PurePath
from typing import Final

from semsearch.documents.passage import Location
from semsearch.errors import CorpusError, SettingsError
from semsearch.settings.environment import editor_named
from semsearch.settings.schema import Settings

# Line arguments of editors.
_PLUS: Final = frozenset(
    "emacs emacsclient ex gvim joe kak mg micro nano ne nvim vi view vim".split()
)
_GOTO: Final = frozenset("code code-insiders codium cursor windsurf".split())
_COLON: Final = frozenset("gedit helix hx kate subl zed".split())


def launch(corpus: Path, location: Location, settings: Settings) -> int:
    """Open a document and wait for the command to end; returns its exit code."""
    command = command_for(corpus, location, settings)
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603  # the user's own command
    except OSError as error:
        raise SettingsError(
            f"{command[0]} cannot be started: {error.strerror}; set the opener or EDITOR"
        ) from error


def command_for(corpus: Path, location: Location, settings: Settings) -> list[str]:
    """Return the words of the command; no shell is used, and the path is absolute.

    ``settings.opener`` may contain ``{path}``, ``{line}`` and ``{page}``. Without it a document
    with lines is opened in the editor, and any other by the system's opener. Raises ``CorpusError``
    when the file is missing, ``SettingsError`` when no opener is available.
    """
    path = str((corpus / location.path).absolute())
    if not os.path.isfile(path):  # noqa: PTH113  # works for paths that are no valid text
        raise CorpusError(f"there is no {path} any more; run: semsearch index")
    line = location.lines[0] if location.lines else 1
    page = location.pages[0] if location.pages else 1
    if settings.opener is not None:
        return _filled(settings.opener, path, line, page)
    editor = editor_named()
    if editor is not None and location.lines is not None:
        return _at_line(_words(editor, "EDITOR"), path, line)
    if sys.platform == "win32":
        return ["explorer", path]
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None:
        raise SettingsError(f"nothing is set to open {path}; set the opener or EDITOR")
    return [opener, path]


def _filled(opener: str, path: str, line: int, page: int) -> list[str]:
    words = _words(opener, "opener")
    if not any("{path}" in word for word in words):
        words.append("{path}")
    values = {"{line}": str(line), "{page}": str(page), "{path}": path}
    return [_replaced(word, values) for word in words]


def _replaced(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():  # the path last: it may contain {line}
        word = word.replace(name, value)
    return word


def _words(command: str, name: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SettingsError(f"{name} is no command: {error}") from error
    if not words:
        raise SettingsError(f"{name} is no command: it is empty")
    return words


def _at_line(editor: list[str], path: str, line: int) -> list[str]:
    name = PurePath(editor[0]).stem
    if name in _PLUS:
        return [*editor, f"+{line}", path]
    if name in _GOTO:
        return [*editor, "--goto", f"{path}:{line}"]
    return [*editor, f"{path}:{line}" if name in _COLON else path]

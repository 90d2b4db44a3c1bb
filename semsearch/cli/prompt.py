"""Interactive prompt: one question after another, with a history."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.cli.render.terminal import say
from semsearch.errors import SemsearchError, Terminated, TimedOut
from semsearch.settings.paths import history_file

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer, JointSearcher
    from semsearch.query.hits import Answer
    from semsearch.query.options import SearchOptions
    from semsearch.query.searcher import Searcher

_PROMPT: Final = "? "
_MOST_LINES: Final = 1000
_LEAVING: Final = ("exit", "quit", ":q")


def prompted(
    searcher: "Searcher | JointSearcher", options: "SearchOptions"
) -> "Iterator[Answer | JointAnswer]":
    """Yield the answers to typed questions until end of input; the index stays open.

    An error is printed and the next question asked.
    """
    for question in _typed():
        try:
            yield searcher(question, options)
        except SemsearchError as error:
            say(f"semsearch: {error}")


def _typed() -> Iterator[str]:
    history = history_file()
    editor = _line_editor(history)
    say("semsearch: ask in words; an empty line, Ctrl-D or exit ends, Ctrl-C clears the line")
    try:
        while True:
            try:
                question = input(_PROMPT).strip()
            except EOFError:
                print(file=sys.stderr)
                return
            except KeyboardInterrupt as error:
                if isinstance(error, (Terminated, TimedOut)):
                    raise
                print(file=sys.stderr)  # the line is dropped, as in a shell
                continue
            if not question or question in _LEAVING:
                return
            yield question
    finally:
        if editor:
            _keep(history)


def _line_editor(history: Path) -> bool:
    """Load the history into readline; False if this Python has no readline."""
    try:
        import readline
    except ImportError:
        return False
    readline.set_history_length(_MOST_LINES)
    with suppress(OSError):  # the history is missing or unreadable
        readline.read_history_file(history)
    return True


def _keep(history: Path) -> None:
    import readline

    try:
        history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        history.touch(mode=0o600)
        readline.write_history_file(history)
        history.chmod(0o600)
    except OSError as error:
        say(f"semsearch: the history cannot be kept: {error}")

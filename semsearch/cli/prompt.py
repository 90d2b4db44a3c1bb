"""Interactive prompt: one question after another, with a history."""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.cli.render.terminal import say
from semsearch.errors import Interrupted, SemsearchError, SettingsError, Terminated, TimedOut
from semsearch.settings.amounts import counted
from semsearch.settings.paths import history_file

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer, JointSearcher
    from semsearch.query.hits import Answer
    from semsearch.query.options import SearchOptions
    from semsearch.query.searcher import Searcher

_PROMPT: Final = "? "
_NUMBER: Final = re.compile("[0-9]{1,4}")
_MOST_LINES: Final = 1000
_LEAVING: Final = ("exit", "quit", ":q")


def prompted(
    searcher: "Searcher | JointSearcher", options: "SearchOptions"
) -> "Iterator[Answer | JointAnswer]":
    """Yield the answers to typed questions until end of input; the index stays open.

    A number alone opens that hit of the last answer. An error is printed and the next question
    asked. Ctrl-C clears the line that is being typed.
    """
    last: Answer | JointAnswer | None = None
    for question in _typed():
        try:
            if last is not None and _NUMBER.fullmatch(question):
                _open(last, int(question))
                continue
            last = searcher(question, options)
            yield last
        except SemsearchError as error:
            say(f"semsearch: {error}")


def _open(answer: "Answer | JointAnswer", rank: int) -> None:
    """Open the hit of that rank; raises ``SemsearchError``."""
    from semsearch.cli.opener import launch  # here: few hits are opened
    from semsearch.cli.render.hits import corpus_of, hit_citation
    from semsearch.settings.sources import load_settings

    hit = next((hit for hit in answer.hits if hit.rank == rank), None)
    if hit is None:
        raise SettingsError(f"the last answer has {counted(len(answer.hits), 'hit')}")
    if hit.source is not None:
        raise hit.source.no_file(hit.location.path)
    say(f"semsearch: opening {hit_citation(hit)}")
    launch(corpus_of(answer, hit), hit.location, load_settings())


def _typed() -> Iterator[str]:
    history = history_file()
    editor = _line_editor(history)
    say(
        "semsearch: ask in words; a number opens that hit, an empty line, Ctrl-D or exit ends,"
        " Ctrl-C clears the line"
    )
    try:
        while True:
            try:
                question = input(_PROMPT).strip()
            except EOFError:
                print(file=sys.stderr)
                return
            except KeyboardInterrupt as error:
                print(file=sys.stderr)  # what comes next is not to stand behind the question
                if isinstance(error, (Terminated, TimedOut)):
                    raise
                Interrupted.was_asked = False  # the line alone was meant
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

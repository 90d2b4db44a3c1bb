"""Where every failure ends: one line on stderr and an exit code."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import typer

from semsearch.errors import SemsearchError, Terminated, TimedOut
from semsearch.output.terminal import drop, say
from semsearch.settings import debug_wanted

FOUND: Final = 0
NOTHING_FOUND: Final = 1
DAMAGED: Final = 1
STALE: Final = 1
WRONG: Final = 2
SOME_LEFT_OUT: Final = 3
TIMED_OUT: Final = 124  # as of timeout(1)
INTERRUPTED: Final = 130
TERMINATED: Final = 143

_KEEPING: Final = ("index", "rebuild")  # commands that store what they embed as it comes

Arguments = ParamSpec("Arguments")


def one_line_errors(command: Callable[Arguments, int]) -> Callable[Arguments, None]:
    """Make a command that returns its exit code into one that ends with it, whatever happens."""

    @wraps(command)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        raise typer.Exit(_exit_code(lambda: command(*args, **kwargs), command.__name__))

    return guarded


def run(app: Callable[..., object]) -> int:
    """Run the command line and return its exit code; wrong usage is one line, too."""
    try:
        code = app(standalone_mode=False, prog_name="semsearch")
        sys.stdout.flush()
    except OSError as error:
        drop(sys.stdout)
        say(f"semsearch: cannot write the output: {error.strerror}")
        return WRONG
    except Exception as error:
        explain = getattr(error, "format_message", None)  # a usage error of typer's
        if explain is None:
            raise
        path = getattr(getattr(error, "ctx", None), "command_path", "semsearch")
        message = str(explain())
        if "\n" in message:  # no arguments at all: it is the help
            print(message, file=sys.stderr)
        else:
            say(f"semsearch: {message.rstrip('.')}; {path} --help shows how it is used")
        return WRONG
    return code if isinstance(code, int) else FOUND


def _exit_code(run: Callable[[], int], name: str) -> int:
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        drop(sys.stdout)  # its reader has gone (a pager that was quit)
        return FOUND
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, OSError):
            drop(sys.stdout)
        is_known = isinstance(error, SemsearchError | KeyboardInterrupt | OSError)
        if not is_known and debug_wanted():
            raise
        code, message = ending(error, name)
        say(f"semsearch: {message}")
    return code


def ending(error: BaseException, name: str) -> tuple[int, str]:
    """The exit code of a command of that name which raises an error, and what is said of it."""
    if isinstance(error, SemsearchError):
        return error.exit_code, str(error)
    if isinstance(error, KeyboardInterrupt):
        keeps = "; what was embedded is kept, run the same command to go on"
        code, what = _stopped_by(error)
        return code, f"{what}{keeps if name in _KEEPING else ''}"
    if isinstance(error, OSError):
        keeps = "nothing that was embedded is lost, " if name in _KEEPING else ""
        return WRONG, f"{error}; {keeps}mend it and run this again"
    return WRONG, (
        f"unexpected {type(error).__name__}: {error}; this is a fault of semsearch,"
        " SEMSEARCH_DEBUG=1 shows where"
    )


def _stopped_by(error: KeyboardInterrupt) -> tuple[int, str]:
    if isinstance(error, TimedOut) or TimedOut.was_asked:
        return TIMED_OUT, "the time is up"
    if isinstance(error, Terminated) or Terminated.was_asked:
        return TERMINATED, "interrupted"
    return INTERRUPTED, "interrupted"

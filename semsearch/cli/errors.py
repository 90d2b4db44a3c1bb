"""Where every failure ends: one line on stderr and an exit code."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import typer

from semsearch.cli.render.terminal import drop, say
from semsearch.errors import SemsearchError, Terminated, TimedOut
from semsearch.settings.environment import debug_wanted

FOUND: Final = 0
NOTHING_FOUND: Final = 1
DAMAGED: Final = 1
STALE: Final = 1
WRONG: Final = 2
SOME_LEFT_OUT: Final = 3
TIMED_OUT: Final = 124  # as of timeout(1)
INTERRUPTED: Final = 130
TERMINATED: Final = 143

# Every exit code that there is, with what it means for a manual; errors have theirs in ``errors``.
EXIT_CODES: Final = {
    FOUND: "Done, or found.",
    NOTHING_FOUND: "Nothing found; or what was asked about is damaged, stale or not there.",
    WRONG: "Wrong usage or an error; one line on standard error says what to do.",
    SOME_LEFT_OUT: "Done, but some documents could not be read, or some indexes not be asked.",
    11: "Another semsearch is writing to this index.",
    12: "No API key, or the server does not take it.",
    13: "The index was built by another embedder, or its embedder gives other vectors by now.",
    14: "The budget is reached; what was embedded is kept.",
    15: "The new generation is much worse than the old one, which still answers.",
    28: "The disk is full, or would be.",
    74: "The disk failed.",
    75: "The server cannot be reached, is overloaded, or has a batch job that has not ended.",
    TIMED_OUT: "The time of --timeout is up; what was embedded is kept.",
    INTERRUPTED: "Interrupted; what was embedded is kept.",
    TERMINATED: "Terminated (SIGTERM); the same holds.",
}

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
        told, code = ending(error, name)
        say(f"semsearch: {told}")
    return code


def ending(error: Exception | KeyboardInterrupt, name: str) -> tuple[str, int]:
    """The same as ``failure``, of a command of that name; also of one that was stopped."""
    if not isinstance(error, KeyboardInterrupt):
        return failure(error, keeps=name in _KEEPING)
    keeps = "; what was embedded is kept, run the same command to go on"
    told, code = _stopped_by(error)
    return f"{told}{keeps if name in _KEEPING else ''}", code


def _stopped_by(error: KeyboardInterrupt) -> tuple[str, int]:
    if isinstance(error, TimedOut) or TimedOut.was_asked:
        return "the time is up", TIMED_OUT
    if isinstance(error, Terminated) or Terminated.was_asked:
        return "interrupted", TERMINATED
    return "interrupted", INTERRUPTED


def failure(error: Exception, *, keeps: bool) -> tuple[str, int]:
    """What to say of an error, in one line, and the exit code.

    ``keeps`` says that what was done before is not lost. A fault of semsearch's is raised when that
    is asked for.
    """
    if isinstance(error, SemsearchError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        drop(sys.stdout)
        kept = "nothing that was embedded is lost, " if keeps else ""
        return f"{error}; {kept}mend it and run this again", WRONG
    if debug_wanted():
        raise error
    told = f"unexpected {type(error).__name__}: {error}; this is a fault of semsearch,"
    return f"{told} SEMSEARCH_DEBUG=1 shows where", WRONG

"""Error handling of the command line: one line on stderr and an exit code."""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import cleandoc
from typing import Final, ParamSpec, TypeVar

import typer

from semsearch.cli.render.terminal import drop, say, show_log
from semsearch.cli.usage import usage_text
from semsearch.errors import ExitCode, SemsearchError, Terminated, TimedOut, is_interrupted
from semsearch.settings.environment import debug_wanted
from semsearch.settings.secrets import without_passwords

FOUND: Final = ExitCode.DONE
NOTHING_FOUND: Final = ExitCode.NOTHING_FOUND
DAMAGED: Final = ExitCode.NOTHING_FOUND
STALE: Final = ExitCode.NOTHING_FOUND
WRONG: Final = ExitCode.WRONG
SOME_LEFT_OUT: Final = ExitCode.SOME_LEFT_OUT
UNVERIFIED: Final = ExitCode.UNVERIFIED
TIMED_OUT: Final = ExitCode.TIMED_OUT
INTERRUPTED: Final = ExitCode.INTERRUPTED
TERMINATED: Final = ExitCode.TERMINATED

# Every exit code with its meaning.
EXIT_CODES: Final = {int(code): code.meaning for code in ExitCode}

_KEEPING: Final = ("index", "rebuild")  # commands that store vectors as they arrive

Arguments = ParamSpec("Arguments")


def one_line_errors(command: Callable[Arguments, int]) -> Callable[Arguments, None]:
    """Decorate a command that returns its exit code, to exit with it or with an error's code."""

    @wraps(command)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        raise typer.Exit(_exit_code(lambda: command(*args, **kwargs), command.__name__))

    return guarded


Command = TypeVar("Command", bound=Callable[..., int])


def with_exit_codes(*codes: ExitCode, more: str = "") -> Callable[[Command], Command]:
    """Insert the exit codes into a command's help, before its examples; ``more`` ends them."""
    listed = ", ".join(f"{code:d} {code.short}" for code in codes)
    paragraph = f"Exit codes: {listed}. {more}".rstrip()

    def with_codes(command: Command) -> Command:
        about, mark, examples = cleandoc(command.__doc__ or "").partition("\b\n")
        command.__doc__ = f"{about}{paragraph}\n\n{mark}{examples}"
        return command

    return with_codes


def run(app: Callable[..., object]) -> int:
    """Run the command line and return its exit code; wrong usage is one line, too."""
    show_log(0)
    try:
        code = app(standalone_mode=False, prog_name="semsearch")
        sys.stdout.flush()
    except OSError as error:
        drop(sys.stdout)
        say(f"semsearch: cannot write the output: {error.strerror}")
        return WRONG
    except Exception as error:
        explain = getattr(error, "format_message", None)  # usage errors of typer have it
        if explain is None:
            raise
        path = getattr(getattr(error, "ctx", None), "command_path", _command(sys.argv[1:]))
        message = without_passwords(usage_text(str(explain()), error, sys.argv[1:]))
        if "\n" in message:  # without arguments the message is the help
            print(message, file=sys.stderr)
        else:
            say(f"semsearch: {message.rstrip('.')}; {path} --help shows how it is used")
        return WRONG
    return code if isinstance(code, int) else FOUND


def _command(arguments: list[str]) -> str:
    """The command of a line, for an option without its value, of which typer does not tell it."""
    named = arguments[:1] if arguments and arguments[0].isidentifier() else []
    return " ".join(["semsearch", *named])


def _exit_code(run: Callable[[], int], name: str) -> int:
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        drop(sys.stdout)  # the reader has closed the pipe (a pager that was quit)
        return FOUND
    except (Exception, KeyboardInterrupt) as error:
        told, code = ending(error, name)
        say(f"semsearch: {told}")
    return code


def ending(error: Exception | KeyboardInterrupt, name: str) -> tuple[str, int]:
    """Message and exit code for an error of command ``name``, also Ctrl-C, SIGTERM and timeout."""
    if isinstance(error, typer.Abort):  # Ctrl-C or Ctrl-D at a question
        print(file=sys.stderr)  # the message is not to stand behind the question
        error = KeyboardInterrupt()
    if is_interrupted() and isinstance(error, ImportError | SystemError) and not debug_wanted():
        error = KeyboardInterrupt()  # a library in C has made another exception of it
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
    """Return the one-line message of an error and its exit code.

    ``keeps`` adds that the work done before is not lost. A bug in semsearch is raised as it is when
    ``SEMSEARCH_DEBUG`` is set.
    """
    if isinstance(error, SemsearchError):
        return without_passwords(str(error)), error.exit_code
    if isinstance(error, OSError):
        drop(sys.stdout)
        kept = "nothing that was embedded is lost, " if keeps else ""
        return f"{without_passwords(str(error))}; {kept}mend it and run this again", WRONG
    if debug_wanted():
        raise error
    said = without_passwords(str(error))
    told = f"unexpected {type(error).__name__}: {said}; this is a fault of semsearch,"
    return f"{told} SEMSEARCH_DEBUG=1 shows where", WRONG

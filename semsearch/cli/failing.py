"""Where every failure ends: one line on stderr and an exit code."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import typer

from semsearch.errors import SemsearchError
from semsearch.output.terminal import say
from semsearch.settings import debug_wanted

FOUND: Final = 0
NOTHING_FOUND: Final = 1
WRONG: Final = 2
SOME_LEFT_OUT: Final = 3
INTERRUPTED: Final = 130

Arguments = ParamSpec("Arguments")


def one_line_errors(command: Callable[Arguments, int]) -> Callable[Arguments, None]:
    """Make a command that returns its exit code into one that ends with it, whatever happens."""

    @wraps(command)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        raise typer.Exit(_exit_code(lambda: command(*args, **kwargs)))

    return guarded


def _exit_code(run: Callable[[], int]) -> int:
    try:
        code = run()
        sys.stdout.flush()
    except SemsearchError as error:
        say(f"semsearch: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("semsearch: interrupted; what was embedded is kept, run the same command to go on")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (a pager that was quit): nothing can be said to it any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except OSError as error:
        say(f"semsearch: {error}; nothing that was embedded is lost, mend it and run this again")
        return WRONG
    except Exception as error:
        if debug_wanted():
            raise
        say(
            f"semsearch: unexpected {type(error).__name__}: {error}; this is a fault of semsearch,"
            " SEMSEARCH_DEBUG=1 shows where"
        )
        return WRONG
    return code

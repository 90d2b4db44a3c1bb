"""Entry point of the ``semsearch`` command and of ``python -m semsearch``."""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from semsearch.cli.version import VERSION
from semsearch.errors import ExitCode, Interrupted, Terminated


def main() -> None:
    """Run the command line and end the process with the command's exit code."""
    codes: list[int] = []
    atexit.register(_end_at_once, codes)  # registered first, so that it runs last
    gc.set_threshold(100_000)  # during imports, garbage collection takes 6 % of a query's time
    _leave_no_core()
    os.umask(0o077)  # all files are private to their owner, also those that libraries write
    _open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # for terminals without UTF-8
    try:
        signal.signal(signal.SIGTERM, _terminate)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
            signal.signal(signal.SIGINT, _interrupt)
        if sys.argv[1:] == ["--version"] and _has_told_version():
            codes.append(ExitCode.DONE)
            sys.exit(codes[0])
        if (folder := _served_folder(sys.argv[1:])) is not None:
            from semsearch.mcp.launch import serve_library  # here: few want it
            from semsearch.mcp.library import Library

            serve_library(Library(folder, None), VERSION)
            codes.append(ExitCode.DONE)
            sys.exit(codes[0])
        # Inside the try, so that Ctrl-C during imports gives no traceback.
        from semsearch.cli.app import command_line
        from semsearch.cli.errors import run
        from semsearch.cli.option_parser import sparing

        codes.append(run(sparing(command_line(sys.argv[1:]))))
        sys.exit(codes[0])
    except KeyboardInterrupt as interrupt:
        is_terminated = isinstance(interrupt, Terminated) or Terminated.was_asked
        sys.exit(ExitCode.TERMINATED if is_terminated else ExitCode.INTERRUPTED)


def _has_told_version() -> bool:
    """Print the version without importing typer; False where standard output cannot be written."""
    try:
        print(f"semsearch {VERSION}", flush=True)
    except OSError:
        return False  # the command line itself reports the error
    return True


def _served_folder(arguments: Sequence[str]) -> str | None:
    """The folder of ``semsearch mcp FOLDER``, as clients give it; None for any other arguments.

    Without typer a client is connected in half the time.
    """
    if len(arguments) != 2 or arguments[0] != "mcp" or arguments[1].startswith("-"):
        return None
    return arguments[1] or None


def _end_at_once(codes: list[int]) -> None:
    """Exit without freeing memory: Python's own shutdown takes a fifth of a query's time.

    It runs last: threads have ended, and all other exit handlers have run. Without an exit code,
    after an unexpected failure, Python shuts down as usual.
    """
    if codes:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # the failed write is reported already
                stream.flush()
        os._exit(codes[0])


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    Interrupted.was_asked = True
    raise Interrupted


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    Terminated.was_asked = True
    raise Terminated


def _leave_no_core() -> None:
    """Disable core dumps, which would write the API key in memory to the disk."""
    if sys.platform != "win32":
        import resource  # here: Windows has no such module

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _open_standard_streams() -> None:
    """Open the standard streams that the shell closed (``>&-``) on the null device.

    Otherwise a file of the index could get descriptor 1 or 2, and a library's warning would be
    written into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


if __name__ == "__main__":
    main()

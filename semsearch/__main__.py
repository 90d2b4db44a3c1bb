"""The entry point of the ``semsearch`` command and of ``python -m semsearch``."""

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

from semsearch.errors import Terminated


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    codes: list[int] = []
    atexit.register(_end_at_once, codes)  # before all others, so that it is the last
    gc.set_threshold(100_000)  # imports alone set it off often enough to take 6 % of a query
    _leave_no_core()
    os.umask(0o077)  # whatever is written, by whichever library, is for its owner only
    _open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without UTF-8
    try:
        signal.signal(signal.SIGTERM, _terminate)
        # Inside the try: Ctrl-C during imports ends quietly, too.
        from semsearch.cli.app import command_line
        from semsearch.cli.errors import run
        from semsearch.cli.option_parser import sparing

        codes.append(run(sparing(command_line(sys.argv[1:]))))
        sys.exit(codes[0])
    except KeyboardInterrupt as interrupt:
        sys.exit(143 if isinstance(interrupt, Terminated) or Terminated.was_asked else 130)


def _end_at_once(codes: list[int]) -> None:
    """Leave all memory to the system: Python would take it apart first, a fifth of a query.

    Threads have ended by now, and what others want done at the end is done. Where there is no exit
    code, as something has gone wrong, Python ends as usual.
    """
    if codes:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # what could not be written has been told
                stream.flush()
        os._exit(codes[0])


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    Terminated.was_asked = True
    raise Terminated


def _leave_no_core() -> None:
    """A crash writes no memory to the disk: the API key is in it."""
    if sys.platform != "win32":
        import resource  # here: Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _open_standard_streams() -> None:
    """Open those that the shell has closed (``>&-``), so that no file of the index is one of them.

    A library that prints a warning would write it into that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


if __name__ == "__main__":
    main()

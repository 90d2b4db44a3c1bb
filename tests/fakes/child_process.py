"""A process that a test starts and reads from; it never outlives the test."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def started(command: Sequence[object], **options: Any) -> "Iterator[subprocess.Popen[str]]":
    """A process whose standard output can be read; killed in the end, whatever has failed."""
    given = {"stdout": subprocess.PIPE, "encoding": "utf-8", **options}
    with subprocess.Popen([str(part) for part in command], **given) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: "subprocess.Popen[str]", mark: str) -> str:
    """What the process prints up to the line with a mark."""
    assert process.stdout is not None
    shown = ""
    while mark not in shown:
        line = process.stdout.readline()
        assert line, shown
        shown += line
    return shown

"""Limits of time count processor time, and end whatever a reader has started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

SLEEP = f"397.{os.getpid()}"  # seconds; no other program on the machine sleeps so
SCRIPT = """
import sys
from pathlib import Path
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool
with ReaderPool(Path(sys.argv[1]), Limits(languages="eng")) as pool:
    pool.read("scan.png")
"""


def sleepers() -> list[int]:
    """The processes that sleep as the stand-in for tesseract does."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if SLEEP in (process / "cmdline").read_text(errors="replace"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_for(count: int) -> None:
    """Wait until so many processes sleep."""
    until = time.monotonic() + 20
    while len(sleepers()) != count:
        assert time.monotonic() < until, sleepers()
        time.sleep(0.05)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture, and a tesseract that never ends."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "tesseract"
    program.write_text(
        f"#!/bin/sh\ncase $1 in --list-langs) echo eng;; *) exec sleep {SLEEP};; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "scan.png").write_bytes(b"a picture")
    return tmp_path / "corpus"


def test_a_stuck_program_ends_with_the_limit_by_the_clock(scans: Path) -> None:
    """A reader that waits without working ends after a multiple of its seconds, with its program.

    The file has no digest, so that the next run tries it again.
    """
    limits = Limits(seconds=0.5, patience=2, languages="eng")
    with ReaderPool(scans, limits) as pool, pytest.raises(DocumentUnreadable) as caught:
        pool.read("scan.png")
    assert str(caught.value) == "reading it took longer than 5 s by the clock (document_seconds)"
    assert caught.value.digest is None
    wait_for(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_ends_with_the_command(scans: Path, number: signal.Signals) -> None:
    """OCR ends when the command is interrupted, terminated or killed."""
    command = subprocess.Popen([sys.executable, "-c", SCRIPT, scans], stderr=subprocess.DEVNULL)
    try:
        wait_for(1)
        command.send_signal(number)
        command.wait(20)
        wait_for(0)
    finally:
        command.kill()
        command.wait()


@pytest.mark.parametrize(
    ("code", "condition", "now", "expected"),
    [
        (ReasonCode.TOOK_TOO_LONG, 5.0, Limits(seconds=5), False),
        (ReasonCode.TOOK_TOO_LONG, 5.0, Limits(seconds=4), False),
        (ReasonCode.TOOK_TOO_LONG, 5.0, Limits(seconds=6), True),
        (ReasonCode.TOOK_TOO_LONG, None, Limits(seconds=5), True),
        (ReasonCode.TOO_MUCH_MEMORY, 1e9, Limits(memory_bytes=2 * 10**9), True),
        (ReasonCode.TOO_MUCH_MEMORY, 1e9, Limits(memory_bytes=10**9), False),
        (ReasonCode.CRASHED, 1e9, Limits(memory_bytes=2 * 10**9), True),
        (ReasonCode.OCR_FAILED, -1.0, Limits(), True),
        (ReasonCode.NEEDS_OFFICE, None, Limits(), True),
        (ReasonCode.DAMAGED, None, Limits(seconds=6), False),
    ],
)
def test_another_try_is_worth_it_under_another_condition(
    code: ReasonCode, condition: float | None, now: Limits, expected: bool
) -> None:
    """A file is tried again under a larger limit, with other programs, or with its extra."""
    assert now.allow_another_try(Reason(code, "", condition)) is expected


def test_the_same_programs_are_not_tried_again(scans: Path) -> None:
    """OCR that failed is tried again when a language has been installed, and not before."""
    now = Limits(languages="eng")
    failed = Reason(ReasonCode.OCR_FAILED, "", now.condition_of(ReasonCode.OCR_FAILED))
    assert not now.allow_another_try(failed)
    program = scans.parent / "programs" / "tesseract"
    program.write_text(program.read_text().replace("echo eng", "echo eng deu"))
    assert Limits(languages="eng").allow_another_try(failed)


def test_the_programs_are_looked_at_once(scans: Path) -> None:
    """However many files OCR has failed for, tesseract is asked once for its languages."""
    program = scans.parent / "programs" / "tesseract"
    program.write_text(f"#!/bin/sh\necho eng >> {scans.parent}/asked\n")
    now = Limits(languages="eng")
    assert not any(
        now.allow_another_try(Reason(ReasonCode.OCR_FAILED, "", now.programs.checksum))
        for _ in range(20)
    )
    assert (scans.parent / "asked").read_text() == "eng\n"

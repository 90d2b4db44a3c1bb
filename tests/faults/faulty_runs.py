"""A scene's command with a fault at a system call, and the calls at which there can be one.

The command runs in a process forked from one that has imported everything.
"""

import os
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Timer
from typing import Final

from faults.child import main
from faults.injection import Fault, notify_of, supervise
from faults.scenes import Scene, violations
from faults.tracing import LONGEST, PROCESSES, say_into

# Those that change what is on the disk, or promise that it is there.
CHANGING: Final = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "unlink", "ftruncate", "mkdir", "link",
    "linkat", "rmdir", "unlinkat", "fallocate", "chmod", "fchmod", "fchmodat",
)  # fmt: skip


def counted(scene: Scene, place: Path, calls: tuple[str, ...] = CHANGING) -> Counter[str]:
    """The number of each system call of the scene's command: the most that one thread makes.

    The calls of each thread are counted: a fault at the third write hits that of every thread.
    """
    scene.copy(place)
    code, said, counts = _supervised(scene, place, calls, None)
    assert code == 0, said
    return counts


def faulty(
    scene: Scene, place: Path, call: str, fault: str, *, in_threads: bool = True
) -> list[str]:
    """Run the scene's command with a fault at a call; returns the violated invariants.

    ``fault`` is in strace's syntax: ``signal=KILL:when=3``, ``error=EIO:when=3+``. It hits that
    call of every thread, or with ``in_threads`` off of the main thread only.
    """
    corpus = scene.copy(place)
    code, said, _ = _supervised(scene, place, (call,), Fault.parsed(fault), in_threads)
    broken = violations(scene, corpus, place / "ledger", said, None if code == -9 else code)
    return [f"{call}:{fault}: {violation}" for violation in broken]


def points(scene: Scene, place: Path, every: int = 1) -> list[tuple[str, int]]:
    """(call, number) of each call of the scene's command, or of every few."""
    counts = counted(scene, place)
    return [(call, k) for call, n in counts.items() for k in range(1, n + 1)][::every]


def _supervised(
    scene: Scene,
    place: Path,
    calls: tuple[str, ...],
    fault: Fault | None,
    in_threads: bool = True,
) -> tuple[int, str, Counter[str]]:
    """Run the scene's command with a fault at a call; returns exit code, output and the calls."""
    said = place.with_name(f"{place.name}.said")
    ours, theirs = PROCESSES.Pipe()
    child = PROCESSES.Process(target=_notifying, args=(scene, place, said, calls, theirs))
    child.start()
    theirs.close()
    assert child.pid is not None
    is_late = Event()

    def end() -> None:
        is_late.set()
        child.kill()

    too_late = Timer(LONGEST, end)
    too_late.start()
    try:
        counts = supervise(child.pid, ours, fault, in_threads=in_threads)
        child.join()
        assert not is_late.is_set(), f"the command does not end in {LONGEST} s"
    finally:
        too_late.cancel()
        ours.close()
    output = said.read_text(encoding="utf-8", errors="replace")
    said.unlink()
    return child.exitcode or 0, output, counts


def _notifying(
    scene: Scene, place: Path, said: Path, calls: tuple[str, ...], parent: Connection
) -> None:
    """Run the scene's command with its parent asked about some calls."""
    say_into(said)
    notify_of(calls, parent)
    os._exit(main(scene.action, str(place / "corpus"), str(place / "ledger"), scene.policy))

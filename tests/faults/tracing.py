"""strace: the system calls of a command, and faults injected at a call.

The command runs in a process forked from one that has imported everything, so that a case takes
0.3 s and not 0.9 s: strace is attached before the command begins.
"""

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from faults.child import main
from faults.policies import POLICY, as_json
from faults.scenes import Scene, violations

# Those that change what is on the disk, or promise that it is there.
CHANGING: Final = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "unlink", "ftruncate", "mkdir", "link",
    "linkat", "rmdir", "unlinkat", "fallocate", "chmod", "fchmod", "fchmodat",
)  # fmt: skip
IS_THERE: Final = shutil.which("strace") is not None
PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["faults.tracing", "faults.child", "faiss", "tantivy", "semsearch.store.derived.faiss.index"]
)
_LONGEST: Final = 120  # seconds of a command


def command(scene: Scene, corpus: Path, ledger: Path) -> list[str]:
    """The scene's command in a new Python."""
    return [sys.executable, "-m", "faults.child", scene.action, str(corpus), str(ledger)]


def environment(scene: Scene) -> dict[str, str]:
    """Environment of a new Python for the scene's command, with one thread for libraries."""
    tests = Path(__file__).parent.parent
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        POLICY: as_json(scene.policy),
    }


def traced(scene: Scene, place: Path, log: str, *options: str) -> tuple[int, str]:
    """Run the scene's command in ``place`` under strace; returns its exit code and its output.

    The exit code is negative where a signal ended it. Raises ``AssertionError`` if strace fails.
    """
    said = place.with_name(f"{place.name}.said")
    begun, begin = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=_begun, args=(scene, place, said, begun))
    child.start()
    begun.close()
    with subprocess.Popen(
        ["strace", "-o", log, *options, "-p", str(child.pid)],
        stderr=subprocess.PIPE,
        text=True,
    ) as strace:
        assert strace.stderr is not None
        first = strace.stderr.readline()
        assert "attached" in first, first
        begin.send(None)
        begin.close()
        child.join(_LONGEST)
        if child.exitcode is None:
            child.kill()
            child.join()
        strace.stderr.read()
    output = said.read_text(encoding="utf-8", errors="replace")
    said.unlink()
    return child.exitcode or 0, output


def _begun(scene: Scene, place: Path, said: Path, begun: Connection) -> None:
    """Wait for strace and run the scene's command, its output in a file outside the place."""
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    begun.recv()
    os._exit(main(scene.action, str(place / "corpus"), str(place / "ledger"), scene.policy))


def counted(scene: Scene, place: Path, calls: tuple[str, ...] = CHANGING) -> Counter[str]:
    """The number of each system call of the scene's command: the most that one thread makes.

    strace counts the calls of each thread: a fault at the third write hits that of every thread.
    """
    scene.copy(place)
    log = place.with_name(f"{place.name}.log")
    known = ",".join(f"?{call}" for call in calls)
    code, said = traced(scene, place, str(log), "-f", "-e", f"trace={known}")
    assert code == 0, said
    by_thread = Counter(re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE))
    log.unlink()
    most: Counter[str] = Counter()
    for (_, call), count in sorted(by_thread.items()):
        most[call] = max(most[call], count)
    return most


def faulty(
    scene: Scene, place: Path, call: str, fault: str, *, in_threads: bool = True
) -> list[str]:
    """Run the scene's command with a fault at a call; returns the violated invariants.

    ``fault`` is in strace's syntax: ``signal=KILL:when=3``, ``error=EIO:when=3+``. It hits that
    call of every thread, or with ``in_threads`` off of the main thread only.
    """
    corpus = scene.copy(place)
    options = ("-e", f"trace={call}", "-e", f"inject={call}:{fault}")
    code, said = traced(scene, place, os.devnull, *(("-f",) if in_threads else ()), *options)
    broken = violations(scene, corpus, place / "ledger", said, None if code == -9 else code)
    return [f"{call}:{fault}: {violation}" for violation in broken]


def points(scene: Scene, place: Path, every: int = 1) -> list[tuple[str, int]]:
    """(call, number) of each call of the scene's command, or of every few."""
    counts = counted(scene, place)
    return [(call, k) for call, n in counts.items() for k in range(1, n + 1)][::every]

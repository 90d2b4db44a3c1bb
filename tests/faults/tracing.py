"""strace: the system calls of a command, and faults injected at a call."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from faults.scenes import Scene, violations

# Those that change what is on the disk, or promise that it is there.
CHANGING: Final = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "unlink", "ftruncate", "mkdir", "link",
    "linkat", "rmdir", "unlinkat", "fallocate", "chmod", "fchmod", "fchmodat",
)  # fmt: skip

IS_THERE: Final = shutil.which("strace") is not None


def command(scene: Scene, corpus: Path, ledger: Path) -> list[str]:
    """The scene's command in a child process."""
    return [sys.executable, "-m", "faults.child", scene.action, str(corpus), str(ledger)]


def environment() -> dict[str, str]:
    """Environment in which the tests' modules can be imported, with one thread for libraries."""
    tests = Path(__file__).parent.parent
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }


def counted(scene: Scene, place: Path, calls: tuple[str, ...] = CHANGING) -> Counter[str]:
    """The number of each system call of the scene's command, on its main thread."""
    corpus, ledger, log = scene.copy(place), place / "ledger", place / "log"
    known = ",".join(f"?{call}" for call in calls)
    subprocess.run(
        ["strace", "-f", "-o", str(log), "-e", f"trace={known}",
         *command(scene, corpus, ledger)],
        env=environment(), check=True, capture_output=True,
    )  # fmt: skip
    lines = re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE)
    main = lines[0][0]
    return Counter(call for thread, call in lines if thread == main)


def faulty(scene: Scene, place: Path, call: str, fault: str) -> list[str]:
    """Run the scene's command with a fault at a call; returns the violated invariants.

    ``fault`` is in strace's syntax: ``signal=KILL:when=3``, ``error=EIO:when=3+``.
    """
    corpus, ledger = scene.copy(place), place / "ledger"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}",
         "-e", f"inject={call}:{fault}", *command(scene, corpus, ledger)],
        env=environment(), check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    code = None if done.returncode in (-9, 137) else done.returncode
    broken = violations(scene, corpus, ledger, done.stdout + done.stderr, code)
    return [f"{call}:{fault}: {violation}" for violation in broken]


def points(scene: Scene, place: Path, every: int = 1) -> list[tuple[str, int]]:
    """(call, number) of each call of the scene's command, or of every few."""
    counts = counted(scene, place)
    return [(call, k) for call, n in counts.items() for k in range(1, n + 1)][::every]

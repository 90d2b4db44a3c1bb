"""strace: the system calls of a command.

The command runs in a process forked from one that has imported everything, and strace is attached
before it begins.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from faults.child import main
from faults.policies import POLICY, as_json
from faults.scenes import Scene

IS_THERE: Final = shutil.which("strace") is not None
PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["faults.tracing", "faults.child", "faiss", "tantivy", "semsearch.store.derived.faiss.index"]
)
LONGEST: Final = 120  # seconds of a command


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
        child.join(LONGEST)
        if child.exitcode is None:
            child.kill()
            child.join()
        strace.stderr.read()
    output = said.read_text(encoding="utf-8", errors="replace")
    said.unlink()
    return child.exitcode or 0, output


def _begun(scene: Scene, place: Path, said: Path, begun: Connection) -> None:
    """Wait for strace and run the scene's command."""
    say_into(said)
    begun.recv()
    os._exit(main(scene.action, str(place / "corpus"), str(place / "ledger"), scene.policy))


def say_into(said: Path) -> None:
    """Write what is printed to a file outside the place."""
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)

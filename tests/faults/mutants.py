"""Mutants of the store, each with a broken guarantee that the fault harness must detect."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
_PATIENCE: Final = 300  # seconds; a mutant that never ends counts as detected


@dataclass(frozen=True)
class Mutant:
    """A change of a module's source, ``old`` to ``new``; ``part`` of the soak must then fail."""

    name: str
    module: str
    old: str
    new: str
    part: str


_ANN_FILES: Final = "store/derived/faiss/files.py"
_PUT_ANN: Final = "return SegmentFile(path.name, directory.put_file(path, content))"
_PUT_LATER: Final = """\
import atexit
    atexit.register(lambda: path.parent.exists() and directory.put_file(path, content))
    return SegmentFile(path.name, hashlib.sha256(content).digest())"""
_PUT_UNCHECKED: Final = """\
import contextlib
    with contextlib.suppress(OSError):
        path.write_bytes(content)
    return SegmentFile(path.name, hashlib.sha256(content).digest())"""
_KNOWN: Final = "if derived and derived.generation == snapshot.generation:"

MUTANTS: Final = (
    Mutant("no fsync of files", "store/disk/atomic_files.py", "os.fsync", "os.fstat", "power=300"),
    Mutant(
        "no fsync of folders",
        "store/disk/atomic_files.py",
        'if os.name == "nt":',
        "if True:",
        "power=300",
    ),
    Mutant("commit before the file", _ANN_FILES, _PUT_ANN, _PUT_LATER, "kills=150"),
    Mutant(
        "synchronous = normal",
        "store/record/sqlite.py",
        "'full' if is_durable else 'normal'",
        "'normal'",
        "power=300",
    ),
    Mutant(
        "no check of the ANN file's hash",
        _ANN_FILES,
        "if digest not in (None, wanted.digest):",
        "if False:",
        "flips=1000",
    ),
    Mutant("unchecked write", _ANN_FILES, _PUT_ANN, _PUT_UNCHECKED, "errors=300"),
    Mutant("retry without progress", "store/loaded_indexes.py", _KNOWN, "if False:", "flips=200"),
)


def caught(mutant: Mutant, place: Path) -> bool:
    """Whether the harness fails for the mutant, in a copy of the sources."""
    shutil.copytree(ROOT / "semsearch", place / "semsearch")
    shutil.copytree(ROOT / "tests", place / "tests")
    module = place / "semsearch" / mutant.module
    source = module.read_text(encoding="utf-8")
    assert mutant.old in source, f"{mutant.name}: the code has changed"
    module.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
    path = os.pathsep.join([str(place / "tests"), str(place)])
    command = [sys.executable, "-m", "faults", mutant.part]
    with subprocess.Popen(
        command,
        cwd=place,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(place)},  # it may be killed
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        patience = Timer(_PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        patience.start()
        try:
            if any(line.startswith("  ") for line in process.stdout):
                os.killpg(process.pid, signal.SIGKILL)  # the first violation is enough
                return True
        finally:
            patience.cancel()
        return process.wait() != 0

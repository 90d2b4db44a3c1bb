"""Faults of disks and processes at a few points; scripts/soak tries all points."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faults import tracing
from faults.disk_log import operations_of
from faults.mutants import MUTANTS, ROOT, Mutant
from faults.power import after_a_cut
from faults.scenes import scenes

from fakes.mistral_server import KEY, Fault, mistral_server

if TYPE_CHECKING:
    from conftest import Run

needs_strace = pytest.mark.skipif(not tracing.IS_THERE, reason="strace is not installed")
POSIX = pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")


@needs_strace
@pytest.mark.parametrize(
    "name",
    ["first", "update", "migration", "import", "segments", "partial first", "partial update"],
)
def test_a_process_killed_while_it_writes_loses_nothing(name: str, tmp_path: Path) -> None:
    """After a kill readers see the old or the new state, and the next run completes it."""
    (scene,) = scenes(tmp_path / "scenes", (name,))
    every = tracing.points(scene, tmp_path / "count")
    for call, k in every[3 :: len(every) // 3]:
        assert tracing.faulty(scene, tmp_path / "work", call, f"signal=KILL:when={k}") == []


@needs_strace
@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("pwrite64", "error=ENOSPC:when=40"),
        ("pwrite64", "error=EIO:when=30+"),
        ("fsync", "error=EIO:when=4"),
        ("fdatasync", "error=EIO:when=6"),
        ("fallocate", "error=ENOSPC:when=1"),
        ("rename", "error=EROFS:when=2"),
        ("write", "retval=512:when=6"),  # of the ANN file, without writing it
    ],
)
def test_a_disk_that_fails_is_told_and_loses_nothing(call: str, fault: str, tmp_path: Path) -> None:
    """A disk error gives one line and an exit code, and never half an index."""
    (scene,) = scenes(tmp_path / "scenes", ("update",))
    assert tracing.faulty(scene, tmp_path / "work", call, fault) == []


@needs_strace
@pytest.mark.parametrize("fault", ["error=ENOSPC:when=50", "error=EIO:when=60+"])
def test_a_disk_that_fails_under_a_publication_loses_nothing(fault: str, tmp_path: Path) -> None:
    """A disk error while a partial generation is published costs no vector and no generation."""
    (scene,) = scenes(tmp_path / "scenes", ("partial update",))
    assert tracing.faulty(scene, tmp_path / "work", "pwrite64", fault) == []


@needs_strace
@pytest.mark.parametrize(("error", "code"), [("ENOSPC", 28), ("EIO", 74)])
def test_the_exit_code_tells_a_full_disk_from_one_that_fails(
    error: str, code: int, tmp_path: Path
) -> None:
    """The run ends with one line when the disk takes no more; the message is of the disk."""
    (scene,) = scenes(tmp_path / "scenes", ("update",))
    run = tracing.command(scene, scene.copy(tmp_path / "work"), tmp_path / "work" / "ledger")
    fault = ["-e", "trace=pwrite64", "-e", f"inject=pwrite64:error={error}:when=30+"]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", os.devnull, *fault, *run],
        env=tracing.environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)


@needs_strace
def test_a_power_cut_loses_nothing(tmp_path: Path) -> None:
    """Readers see the old or the new state on disks that a cut may leave; the next run goes on."""
    (scene,) = scenes(tmp_path / "scenes", ("update",))
    log = operations_of(scene, tmp_path / "traced")
    for at in range(3, len(log), len(log) // 6):
        assert after_a_cut(scene, log, at, at, tmp_path / "left") == []


def test_a_scene_is_large_enough_for_segments(tmp_path: Path) -> None:
    """The scene of segments has several files of vectors, and its run adds one."""
    (scene,) = scenes(tmp_path / "scenes", ("segments",))
    before = {path.name for path in scene.place.glob("corpus/.semsearch/ann-*-*.faiss")}
    after = {path.name for path in scene.place.parent.glob("*-after/corpus/.semsearch/ann-*-*")}
    assert (len(before) > 1, len(after - before)) == (True, 1)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_of_the_harness_changes_code_that_exists(mutant: Mutant) -> None:
    """The code that a mutant replaces is in its module."""
    assert mutant.old in (ROOT / "semsearch" / mutant.module).read_text(encoding="utf-8")


@POSIX
def test_sigterm_ends_as_ctrl_c_does(run: "Run", corpus: Path) -> None:
    """SIGTERM gives one line and exit code 143, and the next run goes on."""
    with mistral_server() as slow:
        paid = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": slow.url}
        slow.faults.append(Fault(delay=2))
        process = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "index", str(corpus)],
            env={**os.environ, **paid},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not slow.received and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=15)
        assert (process.returncode, said.count("\n")) == (143, 1)
        assert "what was embedded is kept" in said
        assert run("index", corpus, **paid).returncode == 0

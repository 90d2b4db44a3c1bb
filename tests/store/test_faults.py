"""Faults of disks and processes at a few points; scripts/soak tries all points."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faults import faulty_runs, injection, tracing
from faults.__main__ import table
from faults.disk_log import operations_of
from faults.mutants import MUTANTS, ROOT, Mutant, caught
from faults.policies import LISTS, POLICY, SEGMENTS, as_json, from_json, policy_here
from faults.power import after_a_cut
from faults.progress import StateFile
from faults.rounds import Rounds
from faults.scenes import scenes

from fakes.mistral_server import KEY, Fault, mistral_server
from semsearch.store.derived.faiss.files import ann_paths
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.snapshot import open_snapshot

if TYPE_CHECKING:
    from conftest import Run

needs_injection = pytest.mark.skipif(
    not injection.is_there(), reason="libseccomp cannot notify of calls here"
)
needs_strace = pytest.mark.skipif(not tracing.IS_THERE, reason="strace is not installed")
POSIX = pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")


@needs_injection
@pytest.mark.parametrize(
    "name",
    ["first", "update", "migration", "import", "segments", "partial first", "partial update"],
)
def test_a_process_killed_while_it_writes_loses_nothing(name: str, tmp_path: Path) -> None:
    """After a kill readers see the old or the new state, and the next run completes it."""
    (scene,) = scenes(tmp_path / "scenes", (name,))
    every = faulty_runs.points(scene, tmp_path / "count")
    for call, k in every[3 :: len(every) // 3]:
        assert faulty_runs.faulty(scene, tmp_path / "work", call, f"signal=KILL:when={k}") == []


@needs_injection
@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("pwrite64", "error=ENOSPC:when=40"),
        ("pwrite64", "error=EIO:when=30+"),
        ("fsync", "error=EIO:when=4"),
        ("fdatasync", "error=EIO:when=6"),
        ("fallocate", "error=ENOSPC:when=1"),
        ("rename", "error=EROFS:when=2"),
    ],
)
def test_a_disk_that_fails_is_told_and_loses_nothing(call: str, fault: str, tmp_path: Path) -> None:
    """A disk error gives one line and an exit code, and never half an index."""
    (scene,) = scenes(tmp_path / "scenes", ("update",))
    assert faulty_runs.faulty(scene, tmp_path / "work", call, fault) == []


@needs_injection
@pytest.mark.parametrize("fault", ["error=ENOSPC", "error=EIO", "retval=512"])
def test_an_ann_file_that_is_not_written_is_never_named(fault: str, tmp_path: Path) -> None:
    """A write that fails, or that the disk claims and does not do, leaves the old generation."""
    (scene,) = scenes(tmp_path / "scenes", ("update",))
    sixth = f"{fault}:when=6"  # after two of the run and three of the ledger
    assert faulty_runs.faulty(scene, tmp_path / "work", "write", sixth, in_threads=False) == []


@needs_injection
@pytest.mark.parametrize("name", ["import", "segments import"])
def test_an_import_whose_log_is_not_written_is_none(name: str, tmp_path: Path) -> None:
    """A disk that fails when SQLite closes the record leaves no index without its last rows."""
    (scene,) = scenes(tmp_path / "scenes", (name,))
    last = faulty_runs.counted(scene, tmp_path / "count")["fdatasync"]
    for k in range(last - 3, last + 1):
        fault = f"error=EIO:when={k}"
        assert faulty_runs.faulty(scene, tmp_path / "work", "fdatasync", fault) == []


@needs_injection
@pytest.mark.parametrize("fault", ["error=ENOSPC:when=50", "error=EIO:when=60+"])
def test_a_disk_that_fails_under_a_publication_loses_nothing(fault: str, tmp_path: Path) -> None:
    """A disk error while a partial generation is published costs no vector and no generation."""
    (scene,) = scenes(tmp_path / "scenes", ("partial update",))
    assert faulty_runs.faulty(scene, tmp_path / "work", "pwrite64", fault) == []


@needs_injection
def test_a_publication_that_is_not_synced_keeps_its_files(tmp_path: Path) -> None:
    """A transaction whose sync fails is in SQLite's log, and the next reader may find it whole."""
    (scene,) = scenes(tmp_path / "scenes", ("partial first",))
    last = faulty_runs.counted(scene, tmp_path / "count")["fdatasync"]
    for k in range(last - 14, last - 5):  # the syncs of the first five publications
        fault = f"error=EIO:when={k}+"
        assert faulty_runs.faulty(scene, tmp_path / "work", "fdatasync", fault) == []


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
        env=tracing.environment(scene),
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


@pytest.mark.parametrize("name", ["segments", "worn segments"])
def test_a_scene_has_many_segments(name: str, tmp_path: Path) -> None:
    """Both indexes of the scene have three or more files of vectors and of words each."""
    (scene,) = scenes(tmp_path, (name,))
    for place in (scene.place, scene.place.with_name(f"{name}-after")):
        directory = IndexDirectory(place / "corpus" / DIRECTORY_NAME)
        with open_snapshot(directory) as snapshot:
            files = snapshot.generation.derived
        assert files.ann_file is not None
        assert len(ann_paths(directory, files.ann_file)) > 3  # with the manifest


def test_the_scenes_rebuild_what_is_worn(tmp_path: Path) -> None:
    """An update adds a segment, or makes a worn one and the keyword index anew."""
    made = scenes(tmp_path, ("segments", "worn segments", "lists"))
    new = [
        {path.name for path in scene.place.with_name(f"{scene.name}-after").rglob("ann-000003-*")}
        for scene in made
    ]
    words = [
        len(list(scene.place.with_name(f"{scene.name}-after").rglob("keywords-000003/*.store")))
        for scene in made
    ]
    assert new == [
        {"ann-000003-0.faiss"},
        {"ann-000003-0.faiss", "ann-000003-1.faiss"},
        {"ann-000003-0.faiss"},
    ]
    assert words == [3, 1, 3]


def test_a_policy_reaches_a_child_process() -> None:
    """The environment variable of a child carries all thresholds, and refuses unknown parts."""
    assert policy_here({POLICY: as_json(SEGMENTS)}) == SEGMENTS
    assert from_json('{"ann": {"segment": 7}}', LISTS).ann == LISTS.ann._replace(segment=7)
    with pytest.raises(ValueError, match="ann, keywords, publication, collection"):
        from_json('{"an": {}}')


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_code_that_exists(mutant: Mutant) -> None:
    """The code that a mutant replaces is in its module, which can be compiled with the change."""
    compile(mutant.mutated, mutant.module, "exec")


@needs_injection
@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if one.quick], ids=lambda mutant: mutant.name
)
def test_a_mutant_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    """A campaign or a test fails when a guarantee of the store is broken."""
    assert caught(mutant, tmp_path)


def test_there_are_mutants_enough() -> None:
    """Twenty guarantees and more are broken, each in a way of its own."""
    assert len({mutant.mutated for mutant in MUTANTS}) == len(MUTANTS) >= 20


def test_a_stopped_campaign_goes_on_where_it_was(tmp_path: Path) -> None:
    """Units that the state file has as done are not done again, and their results are kept."""
    state = tmp_path / "soak.json"
    soak = [sys.executable, "-m", "faults", "--state", str(state), "flips=6"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "tests", ROOT)))}
    subprocess.run(soak, env=environment, check=True)
    done = json.loads(state.read_text())
    first = done["parts"]["flips"]
    assert first["units_done"] == first["tally"]["harmless"] + first["tally"].get("told", 0) == 6
    first |= {"units_done": 4, "tally": {"kept": 4}, "violations": ["one of before"]}
    state.write_text(json.dumps(done))
    again = subprocess.run(soak, env=environment, check=False, capture_output=True, text=True)
    resumed = json.loads(state.read_text())["parts"]["flips"]
    others = sum(resumed["tally"].get(name, 0) for name in ("harmless", "told"))
    assert (resumed["units_done"], resumed["tally"]["kept"], others) == (6, 4, 2)
    assert (again.returncode, resumed["violations"]) == (1, ["one of before"])
    assert "6 of 6" in again.stdout


def test_the_table_of_the_manual_has_what_was_done() -> None:
    """The rows on faults are those that scripts/soak makes of its results, and none is violated."""
    results = StateFile(ROOT / "tests" / "faults" / "results.json")
    manual = (ROOT / "semsearch" / "manual" / "safety.md").read_text(encoding="utf-8")
    assert f"|---|---|---|---|\n{table(results)}\n" in manual
    assert [one.part for one in results.read().values() if one.violations] == []


def test_an_index_outlives_random_kills(tmp_path: Path) -> None:
    """Killed runs, rebuilds and imports between edits lose no vector and no document."""
    life = Rounds(tmp_path, tmp_path / "corpus", seed=1)
    for number in range(8):
        life.edit()
        life.cut_off()
        life.check(number)
    assert life.end().violations == []


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

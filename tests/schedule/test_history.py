import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.schedule import history
from semsearch.schedule.schedule import Schedule

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the state directory is not to be moved")


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schedule:
    """A schedule whose runs are recorded in a folder of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Schedule("/notes", "0 2 * * *")


def test_a_run_that_is_under_way_is_known(schedule: Schedule) -> None:
    """A run is in the history from its start."""
    record = history.RunRecord(schedule)
    (only,) = history.runs(schedule)
    assert (only.exit_code, only.is_under_way, only.is_well) == (None, True, True)
    assert only.started == record.run.started


def test_a_run_whose_process_is_gone_was_cut_short(schedule: Schedule) -> None:
    """A run whose process was killed is shown as failed."""
    script = (
        "import os, signal; from semsearch.schedule.history import RunRecord;"
        "from semsearch.schedule.schedule import Schedule;"
        f"record = RunRecord(Schedule({schedule.folder!r}, ''));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    (only,) = history.runs(schedule)
    assert (only.exit_code, only.is_under_way, only.is_well) == (None, False, False)
    assert history.runs(schedule) == [only]


def test_a_run_that_ended_is_noted_once(schedule: Schedule) -> None:
    """A finished run is recorded once, with duration, exit code and last line."""
    record = history.RunRecord(schedule)
    record.end(seconds=1.26, exit_code=75, said="no answer")
    assert history.runs(schedule) == [history.Run(record.run.started, 1.3, 75, "no answer")]
    assert list(record.path.parent.glob("*.*")) == [record.path]


def test_only_the_newest_are_kept(schedule: Schedule) -> None:
    """Only the newest 100 runs are kept."""
    notes = []
    for _ in range(103):
        notes.append(history.RunRecord(schedule))
        notes[-1].end(seconds=0, exit_code=0, said="")
    kept = sorted(notes[0].path.parent.glob("*.*"))
    assert kept == [record.path for record in notes[3:]]


def test_a_file_that_is_damaged_hides_no_other(schedule: Schedule) -> None:
    """A damaged record is skipped, and all others are read."""
    first, second = history.RunRecord(schedule), history.RunRecord(schedule)
    first.path.write_text("[1")
    assert [run.started for run in history.runs(schedule)] == [second.run.started]


def test_a_run_that_yielded_hides_no_failure() -> None:
    """A run that yielded to another run does not hide an earlier failure."""
    failed, yielded = history.Run("1", 1.0, 75), history.Run("2", 0.1, 11)
    assert history.last([failed, yielded]) == failed
    assert history.last([yielded]) == yielded
    assert history.last([]) is None


def test_a_run_that_is_under_way_hides_no_failure() -> None:
    """A run in progress does not hide an earlier failure."""
    failed, now = history.Run("1", 1.0, 75), history.Run("2", is_under_way=True)
    assert history.last([failed, now]) == failed
    assert history.last([now]) == now


def test_runs_are_ordered_by_their_number_not_by_the_clock(schedule: Schedule) -> None:
    """A run that was noted while the clock was ahead does not hide a later failure."""
    ahead = history.RunRecord(schedule)
    ahead.path.write_text('{"started": "2099-01-01T00:00:00+00:00", "exit_code": 0}')
    history.RunRecord(schedule).end(seconds=1, exit_code=75, said="no answer")
    newest = history.last(history.runs(schedule))
    assert newest is not None
    assert (newest.exit_code, newest.is_well) == (75, False)


def test_records_of_earlier_versions_come_first(schedule: Schedule) -> None:
    """Records that are named by the clock are older than all that are numbered."""
    first = history.RunRecord(schedule)
    first.end(seconds=1, exit_code=0, said="")
    first.path.with_name("20990101T000000.000000-0a0b0c0d.json").write_text(
        '{"started": "2026-01-01T00:00:00+00:00", "exit_code": 75}'
    )
    assert [run.exit_code for run in history.runs(schedule)] == [75, 0]

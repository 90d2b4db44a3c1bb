import os
from pathlib import Path

import pytest

from semsearch.scheduling import history
from semsearch.scheduling.schedule import Schedule

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the state directory is not to be moved")


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schedule:
    """One whose runs are noted in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Schedule("/notes", "0 2 * * *")


def test_a_run_that_never_ended_is_known(schedule: Schedule) -> None:
    """It was noted before it began."""
    _, begun = history.begin(schedule)
    assert history.runs(schedule) == [begun]
    assert begun.exit_code is None


def test_a_run_that_ended_is_noted_once(schedule: Schedule) -> None:
    """With how long it took and what it said."""
    path, begun = history.begin(schedule)
    history.end(path, begun, seconds=1.26, exit_code=75, said="no answer")
    assert history.runs(schedule) == [history.Run(begun.started, 1.3, 75, "no answer")]
    assert [kept.name for kept in path.parent.iterdir()] == [path.name]


def test_only_the_newest_are_kept(schedule: Schedule) -> None:
    """A schedule of years fills no disk."""
    paths = [history.begin(schedule)[0] for _ in range(103)]
    assert sorted(paths[0].parent.iterdir()) == paths[3:]


def test_a_file_that_is_damaged_hides_no_other(schedule: Schedule) -> None:
    """It is left out."""
    path, _ = history.begin(schedule)
    _, second = history.begin(schedule)
    path.write_text("[1")
    assert history.runs(schedule) == [second]


def test_a_run_that_yielded_hides_no_failure() -> None:
    """It says nothing of the index; where nothing else ran, it is what there is."""
    failed, yielded = history.Run("1", 1.0, 75), history.Run("2", 0.1, 11)
    assert history.last([failed, yielded]) == failed
    assert history.last([yielded]) == yielded
    assert history.last([]) is None

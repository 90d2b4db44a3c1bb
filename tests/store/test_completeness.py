"""How far a run has come, as it writes it down for others."""

import json
import os
from pathlib import Path

import pytest

from fakes.embedder import WordEmbedder
from fakes.publications import publish_often
from semsearch.errors import EmbedderUnavailable
from semsearch.store.completeness import Completeness, ProgressFile, completeness_of
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import open_snapshot


@pytest.fixture
def directory(corpus: Path) -> IndexDirectory:
    """An index of five passages, of which two have a vector."""
    with pytest.raises(EmbedderUnavailable):
        publish_often(corpus, WordEmbedder(batch=1, fails_after=2))
    return IndexDirectory(corpus / ".semsearch")


def completeness(directory: IndexDirectory) -> Completeness | None:
    """As a reader has it."""
    with open_snapshot(directory, partial=True) as snapshot:
        return completeness_of(snapshot)


def test_the_time_left_is_told_by_the_rate_of_the_run(directory: IndexDirectory) -> None:
    """Two texts in ten seconds, and three to go: fifteen seconds."""
    seconds = iter([0.0, 10.0])
    ProgressFile(directory, clock=lambda: next(seconds)).show(2, 3)
    found = completeness(directory)
    assert found is not None
    assert (found.is_running, found.to_dict()["seconds_left"]) == (True, 15)
    assert str(found) == "40 % of the passages have a vector; about 15 s left"
    assert directory.progress.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"at": float("nan")},
        {"rate": float("inf")},
        {"rate": "1"},
        {"left": 10**400},
        {"left": -1},
        {"process": 0},
        {"process": 10**30},
        {"process": 2**31 - 1},  # no such process
        {"more": "x" * 10_000},
    ],
)
def test_an_entry_that_no_run_has_written_is_passed_over(
    directory: IndexDirectory, changed: dict[str, object]
) -> None:
    """The answer says then that no run goes on."""
    entry = {"process": os.getpid(), "at": 0.0, "left": 3, "rate": 1.0}
    directory.progress.write_text(json.dumps(entry))
    assert completeness(directory) == Completeness(5, 2, True, 0.0)
    directory.progress.write_text(json.dumps({**entry, **changed}))
    assert completeness(directory) == Completeness(5, 2, False, None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_in_the_place_of_the_entry_stops_nobody(directory: IndexDirectory) -> None:
    """It is not opened for reading until a run writes into it."""
    os.mkfifo(directory.progress)
    assert completeness(directory) == Completeness(5, 2, False, None)

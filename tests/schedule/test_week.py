"""Scheduled runs with faults; scripts/soak week runs hundreds."""

import sys
from pathlib import Path

import pytest
from faults.week import weeks


@pytest.mark.skipif(sys.platform != "linux", reason="it has no crontab, or other folders")
def test_a_few_scheduled_runs_with_faults_end_as_an_undisturbed_one(tmp_path: Path) -> None:
    """Runs with faults end with the index of an undisturbed run, and no silent failure."""
    counts, failures = weeks(tmp_path, 6, None)
    assert failures == []
    assert counts["paid"] > 0

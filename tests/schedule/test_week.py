"""Scheduled runs with faults; scripts/soak week goes through hundreds."""

import sys
from pathlib import Path

import pytest
from faults.week import weeks


@pytest.mark.skipif(sys.platform != "linux", reason="it has no crontab, or other folders")
def test_a_few_scheduled_runs_with_faults_end_as_an_undisturbed_one(tmp_path: Path) -> None:
    """None fails in silence, and what was paid for is paid once, but for runs that were killed."""
    counts, failures = weeks(tmp_path, 6, None)
    assert failures == []
    assert counts["paid"] > 0

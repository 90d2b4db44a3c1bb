"""Folders for temporary files of one process."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from semsearch.store.disk.process_folders import is_running, new_process_folder


def ended_process() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_what_a_killed_process_has_left_is_removed(tmp_path: Path) -> None:
    """Folders of ended processes go with their files; those of running ones and others stay."""
    left = tmp_path / f"semsearch-publish-{ended_process()}-abcdefgh"
    left.mkdir()
    (left / "postings-0").write_bytes(b"x")
    kept = [
        tmp_path / f"semsearch-publish-{os.getpid()}-other",
        tmp_path / f"semsearch-lite-{ended_process()}-abcdefgh",
        tmp_path / "semsearch-publish-notes",
        tmp_path / f"semsearch-publish-{10**30}-x",
    ]
    for folder in kept:
        folder.mkdir()
    made = new_process_folder("publish", tmp_path)
    assert set(tmp_path.iterdir()) == {made, *kept}
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_process_runs_until_it_has_ended() -> None:
    """The tests and what has started them run."""
    assert is_running(os.getpid())
    assert is_running(os.getppid())
    assert not is_running(ended_process())

"""Files that are written beside, checked, and renamed into place."""

import hashlib
import os
from pathlib import Path

import pytest

from semsearch.errors import DiskFull
from semsearch.store.files import put_file, remove_temporaries


def test_a_file_is_there_whole_and_private(tmp_path: Path) -> None:
    """With the digest of what was written, in place of what was there."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    assert put_file(path, b"new") == hashlib.sha256(b"new").digest()
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    if os.name == "posix":
        assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """The error reaches the caller, and nothing half-written stays."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "a"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(DiskFull, match="is full"):
            put_file(path, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """And nothing else."""
    (tmp_path / ".tmp-77-abcd").write_bytes(b"half")
    (tmp_path / "ann-000001.faiss").write_bytes(b"whole")
    remove_temporaries(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["ann-000001.faiss"]

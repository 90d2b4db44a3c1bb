"""Files are written atomically."""

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from semsearch.errors import DiskFull, SettingsError
from semsearch.store.disk.atomic_files import new_file, put_file, remove_temporaries

if TYPE_CHECKING:
    from conftest import WithoutRoot


def test_a_file_is_there_whole_and_private(tmp_path: Path) -> None:
    """A file is replaced whole, has mode 0600, and its digest is returned."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    assert put_file(path, b"new") == hashlib.sha256(b"new").digest()
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    if os.name == "posix":
        assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """A failed write raises, keeps the old file and leaves no temporary file."""
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


def test_a_new_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    """A new file appears when the context ends, and not after an error."""
    path = tmp_path / "a"
    with new_file(path) as made:
        made.write_bytes(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "b") as made:
        made.write_bytes(b"half")
        1 / 0  # noqa: B018
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_may_not_be_written_to_is_named(without_root: "WithoutRoot") -> None:
    """A folder without write permission is named in the message."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        with (
            without_root(),
            pytest.raises(SettingsError, match=r"you may not write to .*; name a file in another"),
            new_file(Path(name, "a")),
        ):
            pass


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """Temporary files are removed, and no others."""
    (tmp_path / ".tmp-77-abcd").write_bytes(b"half")
    (tmp_path / "ann-000001.faiss").write_bytes(b"whole")
    remove_temporaries(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["ann-000001.faiss"]

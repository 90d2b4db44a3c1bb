"""Stamps of large files replace hashing them."""

import json
import os
from pathlib import Path

import pytest

from semsearch.store.derived.file_stamps import Stamps, stamped, stamps_of

LARGE = 8 << 20


class Notes:
    """A reader with a single note."""

    def __init__(self, value: str | None) -> None:
        self.value = value

    def note(self, name: str) -> str | None:
        assert name == "stamps"
        return self.value


def large(path: Path) -> Path:
    """A sparse file that is large enough for a stamp."""
    with path.open("wb") as file:
        file.truncate(LARGE)
    return path


def test_a_file_is_known_until_it_is_written_to(tmp_path: Path) -> None:
    """A stamp holds after a hard link, not after a write or a replacement."""
    file = large(tmp_path / "ann")
    stamps = stamps_of(Notes(stamped(tmp_path, [file]).as_note()))
    assert stamps.vouch_for("ann", file.stat())
    assert not stamps.vouch_for("other", file.stat())
    assert not stamps_of(Notes(json.dumps({"ann": [LARGE, 1, 2]}))).vouch_for("ann", file.stat())
    os.link(file, tmp_path / "link")
    assert stamps.vouch_for("ann", file.stat())
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert not stamps.vouch_for("ann", file.stat())
    file.unlink()
    assert not stamps.vouch_for("ann", large(tmp_path / "ann").stat())


def test_a_small_file_is_always_hashed(tmp_path: Path) -> None:
    """A small file gets no stamp."""
    (tmp_path / "small").write_bytes(b"few")
    assert not stamped(tmp_path, [tmp_path / "small"]).vouch_for(
        "small", (tmp_path / "small").stat()
    )


def test_a_file_that_faiss_reads_is_known_by_its_ctime_too(tmp_path: Path) -> None:
    """A time that an archive can set does not stand for a stamp of an ANN file."""
    file = large(tmp_path / "ann-000001.faiss")
    stamps = stamped(tmp_path, [file])
    assert stamps.vouch_for(file.name, file.stat())
    seen = file.stat()
    with file.open("r+b") as content:
        content.write(b"x")
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert not stamps.vouch_for(file.name, file.stat())


def test_a_mark_is_of_one_digest_and_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark tells which bytes this user has written; another user's mark says nothing."""
    note = Notes(stamped(tmp_path, [], {"ann": b"digest"}).as_note())
    assert stamps_of(note).are_of("ann", b"digest")
    assert not stamps_of(note).are_of("ann", b"another")
    assert not stamps_of(note).are_of("other", b"digest")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of another user"))
    assert not stamps_of(note).are_of("ann", b"digest")
    assert (tmp_path / "of another user/semsearch/machine.key").stat().st_mode & 0o777 == 0o600


def test_what_is_no_note_of_stamps_vouches_for_nothing(tmp_path: Path) -> None:
    """A damaged note of stamps vouches for no file."""
    stat = large(tmp_path / "ann").stat()
    values = (None, "", "[1]", '{"ann": 3}', "{", '{"stamps": {"ann": 3}, "marks": {"ann": 3}}')
    for value in values:
        assert not stamps_of(Notes(value)).vouch_for("ann", stat)
        assert not stamps_of(Notes(value)).are_of("ann", b"digest")


def test_stamps_are_kept_as_long_as_their_files(tmp_path: Path) -> None:
    """Stamps of removed files are dropped, and newer stamps win."""
    first, second = large(tmp_path / "first"), large(tmp_path / "second")
    old = Stamps({"first": "1", "gone": "1"}, {"gone": "1"})
    both = old.with_those(stamped(tmp_path, [first, second])).of_existing(tmp_path)
    assert both.vouch_for("first", first.stat())
    assert both.vouch_for("second", second.stat())
    assert "gone" not in both.as_note()

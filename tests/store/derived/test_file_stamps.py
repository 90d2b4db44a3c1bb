"""Stamps of large files replace hashing them."""

import os
from pathlib import Path

from semsearch.store.derived.file_stamps import NO_STAMPS, Stamps, stamped, stamps_of

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
    os.link(file, tmp_path / "link")
    assert stamps.vouch_for("ann", file.stat())
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert not stamps.vouch_for("ann", file.stat())
    file.unlink()
    assert not stamps.vouch_for("ann", large(tmp_path / "ann").stat())


def test_a_small_file_is_always_hashed(tmp_path: Path) -> None:
    """A small file gets no stamp."""
    (tmp_path / "small").write_bytes(b"few")
    assert stamped(tmp_path, [tmp_path / "small"]).as_note() == "{}"


def test_what_is_no_note_of_stamps_vouches_for_nothing(tmp_path: Path) -> None:
    """A damaged note of stamps vouches for no file."""
    stat = large(tmp_path / "ann").stat()
    for value in (None, "", "[1]", '{"ann": 3}', '{"ann": ["a", 1, 2]}', "{"):
        assert not stamps_of(Notes(value)).vouch_for("ann", stat)


def test_stamps_are_kept_as_long_as_their_files(tmp_path: Path) -> None:
    """Stamps of removed files are dropped, and newer stamps win."""
    first, second = large(tmp_path / "first"), large(tmp_path / "second")
    old = Stamps({"first": (1, 2, 3), "gone": (1, 2, 3)})
    both = old.with_those(stamped(tmp_path, [first, second])).of_existing(tmp_path)
    assert both.vouch_for("first", first.stat())
    assert both.vouch_for("second", second.stat())
    assert "gone" not in both.as_note()
    assert NO_STAMPS.as_note() == "{}"

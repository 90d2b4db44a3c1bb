"""A listing finds what a walk finds, and its digest changes with it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.documents.walk.listing import Listing, ListingPolicy
from semsearch.documents.walk.walker import Unlistable, walk

if TYPE_CHECKING:
    from conftest import WithoutRoot

NAMES = st.sampled_from(["a", "a.txt", "b", "ab", "\u00e4.txt", ".gitignore", "CVS", "\U0001f41d"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


def make(folder: Path, path: str, size: int) -> None:
    """Make a file, unless a folder or file has its path."""
    try:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x" * size)
    except OSError:
        assert any((folder / path).parents), "only what is in the way"


def remove(folder: Path, path: str, _: int) -> None:
    """Remove a file, if it is there."""
    if (folder / path).is_file():
        (folder / path).unlink()


def touch(folder: Path, path: str, second: int) -> None:
    """Give a file another time, if it is there."""
    if (folder / path).is_file():
        os.utime(folder / path, (second, second))


EDITS = st.tuples(st.sampled_from([make, make, remove, touch]), PATHS, st.integers(0, 2))


@given(st.lists(EDITS, max_size=12))
@settings(max_examples=60)
def test_the_digest_is_that_of_what_a_walk_finds(
    edits: list[tuple[Callable[[Path, str, int], None], str, int]],
) -> None:
    """Digests are equal exactly when the walks' files and stats are equal."""
    with TemporaryDirectory() as name:
        seen = []
        for edit, path, number in [*edits, (touch, "none", 0)]:
            edit(Path(name), path, number)
            found = Listing(Path(name))
            assert found.items() == list(walk(Path(name)))
            seen.append((found.digest, found.items()))
        for digest, items in seen:
            assert [digest == other for other, _ in seen] == [items == other for _, other in seen]


@pytest.mark.parametrize("patience", [-1, 10**9])
def test_several_at_a_time_find_what_one_finds(tmp_path: Path, patience: int) -> None:
    """Several threads list what one thread lists, in the same order."""
    for number in range(40):
        folder = tmp_path / f"{number % 7}" / f"{number}"
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("a")
    (tmp_path / "3" / ".gitignore").write_text("10")
    policy = ListingPolicy(patience=patience, wait_factor=patience)
    assert Listing(tmp_path, policy).items() == list(walk(tmp_path))
    assert len(Listing(tmp_path, policy).items()) == 39


def test_what_cannot_be_listed_has_no_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_root: "WithoutRoot"
) -> None:
    """A listing with a folder that cannot be read has no digest."""
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "shut").mkdir(mode=0)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    with without_root():
        found = Listing(Path())
    (tmp_path / "shut").chmod(0o755)
    assert isinstance(found.items()[1], Unlistable)
    assert found.digest is None


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="names are text here")
def test_names_that_are_no_text_count(tmp_path: Path) -> None:
    """Names that are no valid UTF-8 change the digest by their bytes."""
    digests = set()
    for name in (b"\xe9", b"\xea"):
        folder = tmp_path / os.fsdecode(b"of-" + name)
        folder.mkdir()
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("")
        digests.add(Listing(folder).digest)
    assert len(digests) == 2

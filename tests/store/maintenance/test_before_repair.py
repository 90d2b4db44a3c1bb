"""The bytes that a repair found stay beside the record until the index is found whole."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from semsearch.errors import SemsearchError
from semsearch.store.disk.directory import IndexDirectory


@pytest.fixture
def directory(corpus: Path, words: WordEmbedder) -> IndexDirectory:
    """An index whose record has a damaged header."""
    index(corpus, words)
    made = IndexDirectory(corpus / ".semsearch")
    damage(made, 20)
    return made


def damage(directory: IndexDirectory, offset: int) -> bytes:
    """Write four wrong bytes into the record; returns its bytes."""
    content = bytearray(directory.record.read_bytes())
    content[offset : offset + 4] = b"\xff" * 4
    directory.record.write_bytes(content)
    return bytes(content)


def copies(directory: IndexDirectory) -> list[str]:
    """The names of the copies from before a repair."""
    return sorted(path.name for path in directory.path.glob("before-repair*"))


def test_repair_keeps_the_bytes_from_before(directory: IndexDirectory, corpus: Path) -> None:
    """The copy is readable by its user only, and ``verify --full`` removes it."""
    damaged = directory.record.read_bytes()
    semsearch.repair(corpus)
    assert directory.before_repair.read_bytes() == damaged
    assert directory.before_repair.stat().st_mode & 0o777 == 0o600
    assert semsearch.verify(corpus, full=True).removed == ("before-repair.sqlite",)
    semsearch.repair(corpus)
    assert copies(directory) == []


def test_a_second_repair_keeps_the_copy_of_the_first(
    directory: IndexDirectory, corpus: Path
) -> None:
    """A repair that finds nothing removes only what it has copied itself."""
    damaged = directory.record.read_bytes()
    semsearch.repair(corpus)
    assert semsearch.repair(corpus).found == ()
    assert copies(directory) == ["before-repair.sqlite"]
    assert directory.before_repair.read_bytes() == damaged


def test_a_later_damage_has_a_copy_of_its_own(directory: IndexDirectory, corpus: Path) -> None:
    """The first copy keeps its bytes; the second has a number; both go with the verification."""
    first = directory.record.read_bytes()
    semsearch.repair(corpus)
    second = damage(directory, 16)
    semsearch.repair(corpus)
    assert directory.before_repair.read_bytes() == first
    assert (directory.path / "before-repair-2.sqlite").read_bytes() == second
    removed = semsearch.verify(corpus, full=True).removed
    assert sorted(removed) == ["before-repair-2.sqlite", "before-repair.sqlite"]


def test_a_copy_never_lies_beside_the_log_of_another(
    directory: IndexDirectory, corpus: Path
) -> None:
    """Where a log of an earlier copy is left, the new copy takes another name."""
    log = directory.path / "before-repair.sqlite-wal"
    log.write_bytes(b"of an earlier copy")
    semsearch.repair(corpus)
    assert copies(directory) == ["before-repair-2.sqlite", log.name]
    assert log.read_bytes() == b"of an earlier copy"


def test_the_same_bytes_are_copied_once(directory: IndexDirectory, corpus: Path) -> None:
    """A repair that fails, as of another program's file, leaves one copy however often it runs."""
    directory.record.unlink()
    with closing(sqlite3.connect(directory.record)) as other:
        other.execute("create table letter (words)")
        other.commit()
    for _ in range(2):
        with pytest.raises(SemsearchError):
            semsearch.repair(corpus)
    assert copies(directory) == ["before-repair.sqlite"]

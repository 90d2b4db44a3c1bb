"""A record of an earlier format is read unchanged, and migrated by a writer."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexDamaged
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.connection import open_to_read, open_to_write
from semsearch.store.record.schema import FORMAT_VERSION

FIXTURES = sorted((Path(__file__).parent / "formats").glob("format-*.zip"))


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A corpus with an index that an earlier version made, at its second generation."""
    shutil.unpack_archive(request.param, tmp_path)
    return tmp_path / "corpus"


def version(path: Path) -> int:
    """The format version of a record."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("pragma user_version").fetchone()[0])


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The columns of each table."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        return {
            name: connection.execute(f"pragma table_info({name})").fetchall() for (name,) in names
        }


def hits(corpus: Path, embedder: WordEmbedder) -> list[tuple[str, str]]:
    """The places and texts of the hits of a semantic search."""
    answer = semsearch.search("a bowline jams", index=corpus, embedder=embedder, mode="semantic")
    return [(hit.location.path, hit.text) for hit in answer.hits]


def test_there_is_an_index_of_every_earlier_format() -> None:
    """There is sample data for every earlier format."""
    assert [path.stem for path in FIXTURES] == [f"format-{n}" for n in range(1, FORMAT_VERSION)]


def test_an_older_index_answers_as_it_is(old: Path) -> None:
    """A semantic search of an old index works, and changes no byte of the record."""
    record = old / ".semsearch" / "index.sqlite"
    before = record.read_bytes()
    embedder = WordEmbedder(dimension=16)
    answer = semsearch.search("a bowline jams", index=old, embedder=embedder)
    assert semsearch.search("a bowline jams", index=old, embedder=embedder).notices == ()
    assert answer.hits[0].location.path == "sub/knots.txt"
    assert ["not written on this machine" in notice for notice in answer.notices] == [True]
    with open_to_read(record) as connection:
        assert connection.execute("select parts from vector limit 1").fetchone() == (1,)
    assert record.read_bytes() == before


def test_a_writer_migrates_and_pays_for_nothing(old: Path) -> None:
    """A migrated index has the answers and tables of a new one; the old record is kept."""
    embedder = WordEmbedder(dimension=16)
    before = hits(old, embedder)
    embedder.seen.clear()
    assert semsearch.index(old, embedder=embedder).embedded == 0
    assert hits(old, embedder) == before
    assert semsearch.search("a bowline jams", index=old, embedder=embedder).notices == ()
    record = old / ".semsearch" / "index.sqlite"
    with open_to_write(old / "new.sqlite"):
        assert tables(old / "new.sqlite") == tables(record)
    backup = next(record.parent.glob("format-*.sqlite"))
    assert (version(record), version(backup) < FORMAT_VERSION) == (FORMAT_VERSION, True)


def test_a_migration_that_fails_changes_nothing(old: Path) -> None:
    """A failed migration changes nothing, and the next command repeats it."""
    record = old / ".semsearch" / "index.sqlite"
    whole = record.read_bytes()
    with closing(sqlite3.connect(record)) as connection, connection:
        connection.execute("alter table document add column title text")
    before = version(record), tables(record)
    with pytest.raises(IndexDamaged, match="duplicate column"), open_to_write(record):
        pass
    assert (version(record), tables(record)) == before
    record.write_bytes(whole)
    with open_to_write(record):
        assert version(record) == FORMAT_VERSION


def test_the_backup_is_private_and_whole(old: Path) -> None:
    """The copy of the old record has mode 0600, and opens in its format."""
    directory = IndexDirectory(old / ".semsearch")
    before = version(directory.record)
    with open_to_write(directory.record):
        pass
    backup = directory.backup(before)
    assert oct(backup.stat().st_mode & 0o777) == "0o600"
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("select max(number) from generation").fetchone() == (2,)


def test_a_damaged_passage_stays_damaged_in_a_migration(old: Path) -> None:
    """A migration gives a damaged row no fitting hash."""
    record = old / ".semsearch" / "index.sqlite"
    if version(record) < 2:
        pytest.skip("format 1 has no hashes")
    with closing(sqlite3.connect(record)) as connection, connection:
        connection.execute("update passage set last_line = last_line + 1 where id = 1")
    embedder = WordEmbedder(dimension=16)
    told = semsearch.search("bees", index=old, embedder=embedder).notices
    assert any("passage 1" in notice for notice in told)
    with open_to_write(record):
        pass
    assert "passage 1" in semsearch.verify(index=old, full=True).damages

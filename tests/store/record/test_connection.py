"""A record reader reuses its connection."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.query.options import SearchOptions
from semsearch.query.searcher import Searcher
from semsearch.store.record.connection import RecordReader, open_to_read, open_to_write
from semsearch.store.record.generations import last_generation


def newest(reader: RecordReader) -> int:
    """The number of the newest generation that a reader sees."""
    with reader.opened() as connection:
        generation = last_generation(connection)
        assert generation is not None
        return generation.number


@pytest.fixture
def record(corpus: Path, words: WordEmbedder) -> Path:
    """The record of an index."""
    semsearch.index(corpus, embedder=words)
    return corpus / ".semsearch" / "index.sqlite"


def test_each_reading_is_of_its_moment(corpus: Path, words: WordEmbedder, record: Path) -> None:
    """A later reading sees new commits through the kept connection."""
    with closing(RecordReader(record)) as reader:
        with reader.opened() as first:
            pass
        (corpus / "new.md").write_text("Something else.")
        semsearch.index(corpus, embedder=words)
        with reader.opened() as second:
            assert second is first
        assert newest(reader) == 2


def test_who_comes_meanwhile_reads_beside(record: Path) -> None:
    """A thread that reads meanwhile gets a connection of its own."""
    with (
        closing(RecordReader(record)) as reader,
        reader.opened() as one,
        reader.opened() as other,
    ):
        assert other is not one
        assert last_generation(other) == last_generation(one)


def test_a_record_is_read_on_a_full_disk(record: Path) -> None:
    """SQLite cannot make its -shm file there: without a log the record is read as it stands."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with closing(RecordReader(record)) as reader:
            assert newest(reader) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_another_file_in_its_place_is_read_instead(
    corpus: Path, words: WordEmbedder, record: Path, tmp_path: Path
) -> None:
    """A replaced file, as by ``repair``, is opened again."""
    old = tmp_path / "old.sqlite"
    shutil.copy(record, old)
    (corpus / "new.md").write_text("Something else.")
    semsearch.index(corpus, embedder=words)
    with closing(RecordReader(record)) as reader:
        assert newest(reader) == 2
        old.replace(record)
        assert newest(reader) == 1
        record.unlink()
        with pytest.raises(IndexMissing):
            newest(reader)


def test_an_old_record_is_read_on_when_a_writer_has_migrated_it(tmp_path: Path) -> None:
    """A reader of an old record reads on after a migration."""
    shutil.unpack_archive(Path(__file__).parent / "formats" / "format-1.zip", tmp_path)
    record = tmp_path / "corpus" / ".semsearch" / "index.sqlite"
    with closing(RecordReader(record)) as reader:
        before = newest(reader)
        with open_to_write(record):
            pass
        assert newest(reader) == before
        with reader.opened() as connection:
            views = connection.execute("select count(*) from sqlite_temp_master").fetchone()
        assert views == (0,)


def test_a_reading_that_fails_is_no_harm_to_the_next(record: Path) -> None:
    """After an error the connection is closed, and the next reading works."""
    with closing(RecordReader(record)) as reader:
        with pytest.raises(IndexDamaged), reader.opened() as connection:
            connection.execute("select * from nowhere")
        assert newest(reader) == 1


def test_one_who_asks_again_and_again_keeps_it_open(
    corpus: Path, words: WordEmbedder, record: Path
) -> None:
    """A searcher keeps its connection, and sees each new generation."""
    with Searcher(index=corpus, embedder=words) as searcher:
        assert next(searcher.answers(["bees"], SearchOptions())).generation == 1
        (corpus / "new.md").write_text("Something else about wasps.")
        semsearch.index(corpus, embedder=words)
        answer = next(searcher.answers(["wasps"], SearchOptions()))
        assert (answer.generation, answer.hits[0].location.path) == (2, "new.md")


def test_a_reader_rolls_back_what_a_killed_process_left(tmp_path: Path) -> None:
    """A record with a hot rollback journal is read as it was before the stopped transaction."""
    there = tmp_path / "there"
    there.mkdir()
    with open_to_write(there / "index.sqlite") as connection:
        connection.execute("insert into embedder (uri) values ('words:')")
    with closing(sqlite3.connect(there / "index.sqlite", isolation_level=None)) as stopped:
        stopped.execute("pragma journal_mode = delete")
        stopped.execute("pragma cache_size = 1")
        stopped.execute("begin immediate")
        stopped.execute("update embedder set uri = 'other:'")
        for _ in range(50):
            stopped.execute(
                "insert into text (digest, body) values (randomblob(32), hex(zeroblob(9000)))"
            )
        shutil.copytree(there, tmp_path / "killed")
    assert (tmp_path / "killed" / "index.sqlite-journal").stat().st_size
    with open_to_read(tmp_path / "killed" / "index.sqlite") as connection:
        assert connection.execute("select uri from embedder").fetchall() == [("words:",)]

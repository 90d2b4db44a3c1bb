"""A writer stores batch jobs, probe vectors, notes and parts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Passage
from semsearch.documents.walk.walker import FileStat
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.writer import IndexWriter, open_writer

STAT = FileStat(size=1, mtime_ns=2, ctime_ns=3, inode=4)


@pytest.fixture
def directory(tmp_path: Path) -> IndexDirectory:
    """The directory of an index to make."""
    return IndexDirectory(tmp_path / ".semsearch")


@pytest.fixture
def writer(directory: IndexDirectory) -> Iterator[IndexWriter]:
    """A first run that has begun."""
    with open_writer(directory) as opened:
        opened.begin(directory.path.parent, "test:words", "{}", fresh=False)
        yield opened


def unit_rows(count: int) -> np.ndarray:
    """Rows (count, 4), each along another axis."""
    return np.eye(4, dtype=np.float32)[:count]


def test_a_batch_job_is_kept_from_before_it_is_sent(writer: IndexWriter) -> None:
    """A job is stored with the texts of its lines, and updated with the API's names."""
    jobs = writer.batch_jobs
    job = jobs.put(writer.embedder.id, {"b": [3, 1], "a": [2]}, status="new")
    assert jobs.under_way() == [job]
    assert jobs.lines(job) == {"b": (3, 1), "a": (2,)}
    sent = replace(job, input_file="file-1", job="job-1", status="QUEUED")
    jobs.update(sent)
    assert jobs.under_way() == [sent]
    jobs.remove(sent)
    assert (jobs.under_way(), jobs.lines(sent)) == ([], {})


def test_canaries_are_kept_as_they_were(writer: IndexWriter) -> None:
    """Probe vectors are stored exactly, in order, by embedder row."""
    assert writer.view.vectors.probes(writer.embedder) is None
    vectors = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)
    writer.vectors.put_probes(vectors[::-1])
    writer.vectors.put_probes(vectors)
    kept = writer.view.vectors.probes(writer.embedder)
    assert kept is not None
    assert np.array_equal(kept, vectors)
    assert writer.view.vectors.probes(replace(writer.embedder, id=99)) is None


def test_a_note_is_kept_until_it_is_forgotten(writer: IndexWriter) -> None:
    """A note has the last value, and None removes it."""
    for value in ("a", "b", None):
        writer.notes.put("host", value)
        assert writer.view.note("host") == value


def test_parts_of_a_split_text_are_stored(writer: IndexWriter) -> None:
    """A vector's row has the number of parts that its text was split into, 1 by default."""
    passages = [Passage(text, (1, 1), None, ()) for text in ("one", "two", "three")]
    missing = writer.documents.put("a", STAT, Coverage.INDEXED, passages=passages)
    ids = [text for text, _ in missing]
    writer.vectors.put(ids[:2], unit_rows(2), [1, 7])
    writer.vectors.put(ids[2:], unit_rows(1))
    parts = writer.connection.execute("select text, parts from vector").fetchall()
    assert dict(parts) == {ids[0]: 1, ids[1]: 7, ids[2]: 1}

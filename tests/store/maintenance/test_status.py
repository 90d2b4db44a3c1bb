"""An index at a glance."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings


def settle(corpus: Path) -> None:
    """Give the files a time at which no clock ticks between an edit and its reading."""
    for path in corpus.iterdir():
        if path.is_file():
            os.utime(path, ns=(time.time_ns() - 10**10,) * 2)
    time.sleep(0.1)


def test_status_counts_what_has_changed_since(corpus: Path, words: WordEmbedder) -> None:
    """By looking at the files' stats alone."""
    semsearch.index(corpus, embedder=words, settings=Settings())
    assert not semsearch.status(corpus).changes
    (corpus / "new.md").write_text("x")
    (corpus / "bread.txt").write_text("y")
    (corpus / "bees.md").unlink()
    changes = semsearch.status(corpus).changes
    assert changes is not None
    assert (changes.added, changes.changed, changes.removed) == (1, 1, 1)


def test_status_of_a_folder_as_the_last_run_left_it_compares_no_row(
    corpus: Path, words: WordEmbedder
) -> None:
    """A document whose row is damaged counts; it is ``verify`` that tells."""
    settle(corpus)
    semsearch.index(corpus, embedder=words, settings=Settings())
    before = semsearch.status(corpus)
    record = corpus / ".semsearch" / "index.sqlite"
    with closing(sqlite3.connect(record, isolation_level=None)) as connection:
        connection.execute("update document set size = 7 where path = cast('bread.txt' as blob)")
    now = semsearch.status(corpus)
    assert (now.documents, now.changes) == (before.documents, before.changes)
    assert semsearch.verify(corpus, full=True).damages == ()
    with closing(sqlite3.connect(record, isolation_level=None)) as connection:
        connection.execute("delete from note where name = 'listing'")
    changes = semsearch.status(corpus).changes
    assert changes is not None
    assert (changes.added, changes.changed, changes.removed) == (0, 1, 0)


def test_what_status_tells_of_a_document_is_verified(corpus: Path, words: WordEmbedder) -> None:
    """A file that is left out for a reason that its row's hash does not have is not told of."""
    (corpus / "empty.md").write_text("")
    semsearch.index(corpus, embedder=words, settings=Settings())
    assert [item.path for item in semsearch.status(corpus).left_out] == ["empty.md"]
    record = corpus / ".semsearch" / "index.sqlite"
    with closing(sqlite3.connect(record, isolation_level=None)) as connection:
        connection.execute(
            "update document set digest = x'00' where path = cast('empty.md' as blob)"
        )
    assert semsearch.status(corpus).left_out == ()


def test_encodings_other_than_usual_are_told(corpus: Path, words: WordEmbedder) -> None:
    """By the documents' paths."""
    (corpus / "old.txt").write_bytes("Größe und Gewicht der Bienen".encode("latin-1"))
    semsearch.index(corpus, embedder=words, settings=Settings())
    assert list(semsearch.status(corpus).encodings) == ["old.txt"]

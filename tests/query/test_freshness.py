"""Whether the folder has changed is seen while a question is answered, and mended before it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.indexer.refresh import refresh
from semsearch.query.freshness import FreshnessCheck, SeenChanges
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory

LONG = 100.0  # seconds


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """A folder with its index."""
    (corpus / ".gitignore").write_text("*.log\n")
    (corpus / "photo.png").write_bytes(b"x")
    index(corpus, words)
    return corpus


def index(corpus: Path, words: WordEmbedder) -> None:
    """Bring the index up to date."""
    semsearch.index(corpus, embedder=words, settings=Settings())


def seen(corpus: Path, seconds: float = LONG) -> SeenChanges:
    """What a look sees in the end."""
    look = FreshnessCheck(IndexDirectory(corpus / ".semsearch"), seconds)
    look.join()
    return look.seen


def test_what_has_changed_is_seen(indexed: Path) -> None:
    """And nothing else: not files that are ignored, or of types that are not read."""
    assert seen(indexed) == SeenChanges(is_all=True)
    (indexed / "more.log").write_text("x")
    (indexed / "other.png").write_bytes(b"x")
    assert not seen(indexed)
    (indexed / "new.txt").write_text("New.\n")
    (indexed / "bread.txt").write_text("Bread.\n")
    (indexed / "bees.md").unlink()
    assert seen(indexed) == SeenChanges(changed=1, gone=1, new=1, is_all=True)


def test_a_copy_with_its_times_is_no_change(indexed: Path, tmp_path: Path) -> None:
    """Nor is another mode of a file: only inodes and times of status change differ."""
    copied = tmp_path / "copied"
    shutil.copytree(indexed, copied)
    (copied / "bees.md").chmod(0o600)
    assert seen(copied) == SeenChanges(is_all=True)
    changes = semsearch.status(copied).changes
    assert changes is not None
    assert not changes


def test_what_takes_too_long_is_not_seen(indexed: Path, words: WordEmbedder) -> None:
    """What was indexed last is looked at first: it is what will change again."""
    (indexed / "sub" / "knots.txt").write_text("Another knot.\n")
    index(indexed, words)
    (indexed / "sub" / "knots.txt").write_text("And another.\n")
    (indexed / "new.txt").write_text("New.\n")
    assert seen(indexed, 0) == SeenChanges(changed=1, is_all=False)


def test_a_folder_that_is_not_there_is_not_missed(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """An index is searched without it; it is not brought in line with what has gone."""
    apart = tmp_path / "apart"
    apart.mkdir()
    semsearch.index(corpus, index=apart, embedder=words, settings=Settings())
    shutil.rmtree(corpus)
    assert seen(apart) == SeenChanges()
    assert seen(tmp_path) == SeenChanges()  # nor is there an index
    done = refresh(apart, embedder=words, settings=Settings())
    assert (done.report, "is not there" in str(done.reason)) == (None, True)


def test_a_damaged_row_is_for_others_to_tell(
    indexed: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever its path is: verify names it."""
    for path in (b"bread\0.txt", 5):
        with closing(sqlite3.connect(indexed / ".semsearch" / "index.sqlite")) as connection:
            row = "id = (select min(id) from document)"
            connection.execute(f"update document set path = ? where {row}", (path,))
            connection.commit()
        seen(indexed)
    assert capfd.readouterr().err == ""


def test_a_few_changes_are_indexed_first(indexed: Path, words: WordEmbedder) -> None:
    """And when there are none, nothing is done."""
    done = refresh(indexed, embedder=words, settings=Settings())
    assert (done.report, done.reason) == (None, None)
    (indexed / "new.txt").write_text("A new one.\n")
    report = refresh(indexed, embedder=words, settings=Settings()).report
    assert report is not None
    assert (report.added, report.embedded) == (1, 1)


def test_many_changes_are_not(indexed: Path, words: WordEmbedder) -> None:
    """Neither many files nor a file with many texts; the reason is told."""
    many = "\n\n".join(f"# Part {n}\n\nThis is number {n}." for n in range(201))
    (indexed / "many.md").write_text(many)
    done = refresh(indexed, embedder=words, settings=Settings())
    assert (done.report, done.reason) == (None, "201 texts to embed")
    for number in range(200):
        (indexed / f"{number}.txt").write_text("The same.\n")
    done = refresh(indexed, embedder=words, settings=Settings())
    assert (done.report, done.reason) == (None, "201 changed files")

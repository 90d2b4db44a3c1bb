"""Forgetting documents for good."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.generations import files_of, hits, index
from semsearch.documents.text.printable import printable_path
from semsearch.errors import CorpusError, IndexDamaged
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.history import History
from semsearch.store.writer import open_writer


def test_what_is_forgotten_is_in_no_file(corpus: Path, words: WordEmbedder) -> None:
    """No file has words or vectors of a forgotten document; other hits are unchanged."""
    diary = corpus / "sub" / "diary.txt"
    diary.write_text("Xylophone quartz, first version.")
    index(corpus, words)
    diary.write_text("Xylophone quartz, second version.")
    index(corpus, words)
    before = [hit for hit in hits(corpus, "honey bread moon", words) if "diary" not in hit[0]]
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as connection:
        (vector,) = connection.execute(
            "select vector from vector join text on text.id = text where body like ?",
            ("%first version%",),
        ).fetchone()
    assert any(vector in path.read_bytes() for path in files_of(corpus))
    report = semsearch.forget("sub/diary.txt", index=corpus)
    assert (report.forgotten, report.still_there) == (("sub/diary.txt",), ("sub/diary.txt",))
    for path in files_of(corpus):
        content = path.read_bytes()
        assert b"ylophone" not in content, path
        assert b"diary.txt" not in content.replace(b"forget", b""), path
        assert vector not in content, path
    assert hits(corpus, "honey bread moon", words) == before
    assert semsearch.verify(corpus, full=True).damages == ()


def test_a_forgotten_file_is_read_again_unless_it_is_ignored(
    corpus: Path, words: WordEmbedder
) -> None:
    """Forgetting does not touch the file; ``.semsearchignore`` keeps it out of the next run."""
    index(corpus, words)
    for ignored, expected in (("", True), ("bread.txt\n", False)):
        semsearch.forget("bread.txt", index=corpus)
        assert (corpus / "bread.txt").exists()
        (corpus / ".semsearchignore").write_text(ignored)
        index(corpus, words)
        found = hits(corpus, "bread dough", words)
        assert any(path == "bread.txt" for path, _ in found) == expected


def test_whole_folders_can_be_forgotten(corpus: Path, words: WordEmbedder) -> None:
    """A folder is forgotten with its documents; an unknown path raises CorpusError."""
    index(corpus, words)
    assert semsearch.forget(corpus / "sub", index=corpus).forgotten == (
        "sub/knots.txt",
        "sub/tides.html",
    )
    with pytest.raises(CorpusError, match="no document nowhere"):
        semsearch.forget("nowhere.txt", index=corpus)


def test_forgetting_that_was_stopped_is_ended_by_the_next_writer(
    corpus: Path, words: WordEmbedder
) -> None:
    """Words that a ``forget`` stopped after its commit has left are removed by the next writer."""
    (corpus / "diary.txt").write_text("Xylophone quartz.")
    index(corpus, words)

    with open_writer(IndexDirectory(corpus / ".semsearch")) as writer:
        History(writer).commit_without(["diary.txt"])
    assert any(b"ylophone" in path.read_bytes() for path in files_of(corpus))
    (corpus / "diary.txt").unlink()
    index(corpus, words)
    assert not any(b"ylophone" in path.read_bytes() for path in files_of(corpus))
    assert semsearch.verify(corpus, full=True).damages == ()


def test_copies_of_the_record_are_forgotten_too(corpus: Path, words: WordEmbedder) -> None:
    """A copy from before a migration or a repair, which has all words, is removed."""
    index(corpus, words)
    for name in ("format-1.sqlite", "before-repair.sqlite"):
        shutil.copy(corpus / ".semsearch" / "index.sqlite", corpus / ".semsearch" / name)
    semsearch.forget("bread.txt", index=corpus)
    names = {path.name for path in (corpus / ".semsearch").glob("*.sqlite")}
    assert names == {"index.sqlite"}


def test_an_old_copy_that_cannot_be_removed_is_told_by_forget(
    corpus: Path, words: WordEmbedder
) -> None:
    """A copy of an old record that cannot be removed raises IndexDamaged."""
    index(corpus, words)
    (corpus / ".semsearch" / "format-1.sqlite").mkdir()  # no file, so it cannot be unlinked
    with pytest.raises(IndexDamaged, match="no file"):
        semsearch.forget("bread.txt", index=corpus)


def test_paths_are_those_of_the_shell_or_of_the_folder(
    corpus: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path relative to the current directory, one relative to the folder and a whole one work."""
    index(corpus, words)
    monkeypatch.chdir(corpus.parent)
    assert semsearch.forget("corpus/bees.md", index=corpus).forgotten == ("bees.md",)
    assert semsearch.forget("bread.txt", index=corpus).forgotten == ("bread.txt",)
    monkeypatch.chdir(corpus / "sub")
    assert semsearch.forget("knots.txt", index=corpus).forgotten == ("sub/knots.txt",)


def test_a_path_is_taken_as_query_prints_it(corpus: Path, words: WordEmbedder) -> None:
    """In quotes with escapes, where a terminal would stumble over the name."""
    (corpus / "two\nrows.md").write_text("Knots hold.")
    index(corpus, words)
    printed = printable_path("two\nrows.md")
    assert semsearch.forget(printed, index=corpus).forgotten == ("two\nrows.md",)


def test_a_path_that_names_two_documents_is_refused(
    corpus: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is forgotten where the shell and the folder mean different documents."""
    (corpus / "sub" / "bees.md").write_text("Other bees.")
    index(corpus, words)
    monkeypatch.chdir(corpus / "sub")
    with pytest.raises(CorpusError, match=r"bees\.md in the folder .* sub/bees\.md from here"):
        semsearch.forget("bees.md", index=corpus)

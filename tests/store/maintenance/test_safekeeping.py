"""Rollback, forget, export and import."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import CorpusError, IndexDamaged, IndexMissing, SettingsError
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.history import History
from semsearch.store.writer import open_writer

if TYPE_CHECKING:
    from conftest import Run


def index(corpus: Path, words: WordEmbedder) -> int:
    """Bring the index up to date; the generation."""
    return semsearch.index(corpus, embedder=words, settings=Settings()).generation


def hits(corpus: Path, question: str, words: WordEmbedder) -> list[tuple[str, str]]:
    """(path, text) of what a question finds, with nothing to be said of it."""
    answer = semsearch.search(question, limit=50, index=corpus, embedder=words, settings=Settings())
    assert answer.notices == ()
    return [(hit.location.path, hit.text) for hit in answer.hits]


@pytest.fixture
def changed(corpus: Path, words: WordEmbedder) -> list[tuple[str, str]]:
    """Two generations: one document changed, one gone, one new; what the first one found."""
    index(corpus, words)
    first = hits(corpus, "honey bread moon bowline", words)
    (corpus / "bread.txt").write_text("Rolls, not bread.")
    (corpus / "bees.md").unlink()
    (corpus / "new.txt").write_text("A new honey.")
    index(corpus, words)
    return first


def test_a_rollback_shows_the_generation_before(
    corpus: Path, words: WordEmbedder, changed: list[tuple[str, str]]
) -> None:
    """At no price; a second one takes it back, and an index run follows the folder again."""
    second = hits(corpus, "honey bread moon bowline", words)
    words.seen.clear()
    report = semsearch.rollback(corpus)
    assert (report.generation, report.restored) == (3, 1)
    assert hits(corpus, "honey bread moon bowline", words) == changed
    assert semsearch.verify(corpus, full=True).damages == ()
    semsearch.rollback(corpus)
    assert hits(corpus, "honey bread moon bowline", words) == second
    semsearch.rollback(corpus)
    assert index(corpus, words) == 6
    assert hits(corpus, "honey bread moon bowline", words) == second
    assert set(words.seen) == {"honey bread moon bowline"}


def test_without_a_generation_before_nothing_changes(corpus: Path, words: WordEmbedder) -> None:
    """There is nothing to go back to."""
    index(corpus, words)
    with pytest.raises(IndexMissing, match="no generation before"):
        semsearch.rollback(corpus)
    assert semsearch.status(corpus).generation == 1


def test_what_is_forgotten_is_in_no_file(corpus: Path, words: WordEmbedder) -> None:
    """Neither its words nor its vectors, of whatever version; the others are found as before."""
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
    assert any(vector in path.read_bytes() for path in files(corpus))
    report = semsearch.forget("sub/diary.txt", index=corpus)
    assert (report.forgotten, report.still_there) == (("sub/diary.txt",), ("sub/diary.txt",))
    for path in files(corpus):
        content = path.read_bytes()
        assert b"ylophone" not in content, path
        assert b"diary.txt" not in content.replace(b"forget", b""), path
        assert vector not in content, path
    assert hits(corpus, "honey bread moon", words) == before
    assert semsearch.verify(corpus, full=True).damages == ()


def files(corpus: Path) -> list[Path]:
    """Every file of an index but the note of who wrote last."""
    index = corpus / ".semsearch"
    return [p for p in index.rglob("*") if p.is_file() and p.name != "writer.json"]


def test_whole_folders_can_be_forgotten(corpus: Path, words: WordEmbedder) -> None:
    """And what is no document is named."""
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
    assert any(b"ylophone" in path.read_bytes() for path in files(corpus))
    (corpus / "diary.txt").unlink()
    index(corpus, words)
    assert not any(b"ylophone" in path.read_bytes() for path in files(corpus))
    assert semsearch.verify(corpus, full=True).damages == ()


def test_an_old_copy_that_cannot_be_removed_is_told_by_forget(
    corpus: Path, words: WordEmbedder
) -> None:
    """It may have the document's words; what the disk says is told in semsearch's."""
    index(corpus, words)
    (corpus / ".semsearch" / "format-1.sqlite").mkdir()  # no file, so it cannot be unlinked
    with pytest.raises(IndexDamaged, match="cannot write to the index"):
        semsearch.forget("bread.txt", index=corpus)


def test_an_index_is_carried_in_one_file(
    corpus: Path, words: WordEmbedder, changed: list[tuple[str, str]], tmp_path: Path
) -> None:
    """To another folder with the same documents: the same answers, and nothing is paid for."""
    found = hits(corpus, "honey bread moon", words)
    file = tmp_path / "carried"
    semsearch.export(file, index=corpus)
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    there = tmp_path / "there"
    shutil.copytree(corpus, there, ignore=shutil.ignore_patterns(".semsearch"))
    carried = semsearch.import_(file, there)
    assert (carried.generation, carried.corpus) == (2, there)
    assert hits(there, "honey bread moon", words) == found
    words.seen.clear()
    index(there, words)
    assert words.seen == []
    assert semsearch.verify(there, full=True).damages == ()
    assert changed


@pytest.mark.parametrize(
    "damage",
    ["update text set body = 'x'", "drop table vector", "delete from generation", "vacuum"],
)
def test_a_damaged_file_makes_no_index(
    corpus: Path, words: WordEmbedder, tmp_path: Path, damage: str
) -> None:
    """It is refused before anything is there."""
    index(corpus, words)
    semsearch.export(tmp_path / "carried", index=corpus)
    with closing(sqlite3.connect(tmp_path / "carried")) as connection:
        connection.execute(damage)
        connection.commit()
    if damage == "vacuum":
        (tmp_path / "carried").write_bytes(b"no SQLite file")
    (tmp_path / "there").mkdir()
    with pytest.raises((IndexDamaged, IndexMissing)):
        semsearch.import_(tmp_path / "carried", tmp_path / "there")
    assert not (tmp_path / "there" / ".semsearch" / "index.sqlite").exists()
    assert list((tmp_path / "there" / ".semsearch").glob(".tmp-*")) == []


def test_nothing_is_written_over(corpus: Path, words: WordEmbedder, tmp_path: Path) -> None:
    """Neither a file by an export nor an index by an import."""
    index(corpus, words)
    semsearch.export(tmp_path / "carried", index=corpus)
    with pytest.raises(SettingsError, match="is there already"):
        semsearch.export(tmp_path / "carried", index=corpus)
    with pytest.raises(SettingsError, match="already; move it away"):
        semsearch.import_(tmp_path / "carried", corpus)


def test_each_command_says_what_it_did(run: "Run", corpus: Path, words: WordEmbedder) -> None:
    """In a line or two, or as JSON; what is wrong is one line on stderr."""
    index(corpus, words)
    (corpus / "new.txt").write_text("More.")
    index(corpus, words)
    for command, said in (
        (("verify", "--full"), "as it was written"),
        (("repair",), "nothing is damaged"),
        (("rollback",), "generation 3 is as generation 1 was"),
        (("export", "carried"), "generation 3, 5 passages embedded by test:words"),
        (("forget", "bees.md"), "forgotten: bees.md"),
    ):
        shown = run(*command, "--index", corpus)
        assert (shown.returncode, said in shown.stdout) == (0, True), shown
    assert "still in the folder" in shown.stderr
    os.rename(corpus / ".semsearch", corpus / "away")  # noqa: PTH104
    shown = run("import", "carried", corpus)
    assert "now of" in shown.stdout
    assert run("export", "carried", "--index", corpus).stderr.count("\n") == 1

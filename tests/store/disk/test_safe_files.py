"""An index from somebody else leads no writer and no reader out of its directory."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.store.disk.safe_files import require_safe_files

if TYPE_CHECKING:
    from conftest import WithoutRoot

THESIS = b"Three years of work.\n" * 20


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    """A file of the user outside of the corpus."""
    path = tmp_path / "thesis.txt"
    path.write_bytes(THESIS)
    return path


COMMANDS: dict[str, Callable[[Path, WordEmbedder], object]] = {
    "index": lambda corpus, words: index(corpus, words),
    "rebuild": lambda corpus, words: semsearch.rebuild(corpus, embedder=words),
    "repair": lambda corpus, _: semsearch.repair(corpus),
    "search": lambda corpus, words: semsearch.search("bees", index=corpus, embedder=words),
    "forget": lambda corpus, _: semsearch.forget(["bees.md"], index=corpus),
}
NAMES = (
    "index.sqlite", "index.sqlite-wal", "lock", "writer.json", "README", "format-1.sqlite",
    "ann-000001.faiss", "keywords-000001", "keywords-000001/.tantivy-meta.lock",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_link_in_an_index_is_refused_and_never_followed(
    corpus: Path, words: WordEmbedder, thesis: Path, name: str, command: str
) -> None:
    """No command reads or writes through a link among the files of an index."""
    index(corpus, words)
    path = corpus / ".semsearch" / name
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)
    path.symlink_to(thesis)
    with pytest.raises(SemsearchError):
        COMMANDS[command](corpus, words)
    assert (thesis.read_bytes(), path.is_symlink()) == (THESIS, True)


@pytest.mark.parametrize("name", [*NAMES[:7], ".gitignore", "CACHEDIR.TAG"])
def test_a_link_to_nothing_makes_no_file(
    corpus: Path, words: WordEmbedder, tmp_path: Path, name: str
) -> None:
    """A first run makes nothing where a link of a clone leads to."""
    (corpus / ".semsearch").mkdir()
    (corpus / ".semsearch" / name).symlink_to(tmp_path / "made")
    with pytest.raises(IndexDamaged, match="link"):
        index(corpus, words)
    assert not (tmp_path / "made").exists()


def test_a_link_is_refused_while_files_beside_it_vanish(tmp_path: Path) -> None:
    """A file that a writer removes during the check leaves no other file unchecked."""
    (tmp_path / "README").symlink_to(tmp_path / "elsewhere")
    is_over = Event()

    def come_and_go() -> None:
        while not is_over.is_set():
            for number in range(20):
                (tmp_path / f"ann-{number}.faiss").touch()
            for number in range(20):
                (tmp_path / f"ann-{number}.faiss").unlink()

    with ThreadPoolExecutor(1) as threads:
        writer = threads.submit(come_and_go)
        try:
            for _ in range(300):
                with pytest.raises(IndexDamaged, match="link"):
                    require_safe_files(tmp_path)
        finally:
            is_over.set()
        writer.result()


def test_an_index_that_is_a_link_is_named_to_be_used(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """A link in a clone may lead anywhere; its target is used when it is named."""
    index(corpus, words)
    (corpus / ".semsearch").rename(tmp_path / ".semsearch")
    (corpus / ".semsearch").symlink_to(tmp_path / ".semsearch")
    with pytest.raises(IndexDamaged, match="--index"):
        index(corpus, words)
    semsearch.rebuild(corpus, index=tmp_path / ".semsearch", embedder=words)


def other_database(path: Path) -> bytes:
    """A database of another program."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table notes (words text)")
        connection.execute("insert into notes values ('three years of work')")
        connection.commit()
    return path.read_bytes()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", [None, THESIS, b"x" * 200_000])
def test_a_file_that_is_no_record_is_not_written_to(
    corpus: Path, words: WordEmbedder, tmp_path: Path, command: str, content: bytes | None
) -> None:
    """A text or another program's database, also by a hard link, keeps every byte."""
    given = tmp_path / "other.sqlite"
    before = other_database(given) if content is None else content
    given.write_bytes(before)
    (corpus / ".semsearch").mkdir()
    os.link(given, corpus / ".semsearch" / "index.sqlite")
    with pytest.raises(SemsearchError):
        COMMANDS[command](corpus, words)
    assert given.read_bytes() == before


def test_a_lock_that_is_a_file_of_the_user_is_not_emptied(
    corpus: Path, words: WordEmbedder, thesis: Path
) -> None:
    """Taking a lock empties its file, so that a lock with content is refused."""
    (corpus / ".semsearch").mkdir()
    os.link(thesis, corpus / ".semsearch" / "lock")
    with pytest.raises(IndexDamaged, match="not empty"):
        index(corpus, words)
    assert thesis.read_bytes() == THESIS


def test_an_index_of_another_user_is_not_written_to(without_root: "WithoutRoot") -> None:
    """A writer needs an index of this user; another place for it is asked for."""
    with TemporaryDirectory() as folder:
        (Path(folder) / ".semsearch").mkdir(mode=0o777)
        Path(folder).chmod(0o755)
        if os.geteuid() != 0:
            pytest.skip("only root can be another user")
        with without_root(), pytest.raises(IndexDamaged, match="another user"):
            index(Path(folder), WordEmbedder())


@pytest.mark.parametrize("command", ["index", "search", "repair"])
def test_a_journal_that_names_another_file_is_refused(
    corpus: Path, words: WordEmbedder, thesis: Path, command: str
) -> None:
    """SQLite would delete the file at whose name such a journal ends."""
    index(corpus, words)
    journal = corpus / ".semsearch" / "index.sqlite-journal"
    journal.write_bytes(bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(IndexDamaged, match="which no journal of semsearch does"):
        COMMANDS[command](corpus, words)
    assert journal.exists()
    assert thesis.read_bytes() == THESIS


def test_an_empty_record_is_made_anew_once_it_is_away(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """As after a power cut; what the error says to do helps."""
    index(corpus, words)
    record = corpus / ".semsearch" / "index.sqlite"
    record.write_bytes(b"")
    with pytest.raises(SemsearchError, match="is empty; move it away and run: semsearch index"):
        index(corpus, words)
    record.rename(tmp_path / "away")
    assert index(corpus, words).added == 4


@pytest.mark.parametrize("length", [25, 99])
@pytest.mark.parametrize("command", ["index", "search"])
def test_a_record_cut_within_its_header_is_made_anew_once_it_is_away(
    corpus: Path, words: WordEmbedder, tmp_path: Path, length: int, command: str
) -> None:
    """Each command says so at once, as nothing can be salvaged."""
    index(corpus, words)
    record = corpus / ".semsearch" / "index.sqlite"
    record.write_bytes(record.read_bytes()[:length])
    with pytest.raises(IndexDamaged, match="; move it away and run: semsearch index"):
        COMMANDS[command](corpus, words)
    record.rename(tmp_path / "away")
    assert index(corpus, words).added == 4

"""Whatever only reads an index works where nothing can be written."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.generations import index
from semsearch.settings.schema import Settings
from semsearch.store.record.connection import open_to_read

if TYPE_CHECKING:
    from conftest import WithoutRoot

COMMANDS = [
    (0, ["query", "bread dough", "--mode", "keyword"]),
    (0, ["status"]),
    (0, ["verify", "--full"]),
    (0, ["missing"]),
    (0, ["show", "bread.txt:1"]),
    (0, ["export", "OUT/file"]),
]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that other users can enter (pytest's own are private)."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        for below, *_ in os.walk(folder):
            Path(below).chmod(0o755)


def copy_to_read(corpus: Path, there: Path) -> Path:
    """Copy a folder with its index, so that nobody but its owner and root may write there."""
    shutil.copytree(corpus, there, ignore=shutil.ignore_patterns("*-shm"))
    for path in (there, *there.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return there


def texts(corpus: Path, words: WordEmbedder) -> list[str]:
    """The hits of a question by words and meaning; there are no notices."""
    answer = semsearch.search("bread dough", index=corpus, embedder=words, settings=Settings())
    assert answer.notices == ()
    return [hit.text for hit in answer.hits]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts of Linux")
@pytest.mark.parametrize(("code", "command"), COMMANDS, ids=lambda one: str(one).split("'")[-2:][0])
def test_commands_that_read_work_on_a_read_only_disk(
    corpus: Path, words: WordEmbedder, tmp_path: Path, code: int, command: list[str]
) -> None:
    """Keyword search, export and every look at an index need no file beside it."""
    index(corpus, words)
    mounted = f"mount --bind {corpus} {corpus} && mount -o remount,ro,bind {corpus} {corpus}"
    user = [] if os.geteuid() == 0 else ["-r"]
    tried = ["unshare", "-m", *user, "sh", "-c", f"{mounted} && ! touch {corpus}/x 2>/dev/null"]
    if not shutil.which("unshare") or subprocess.run(tried, check=False).returncode:
        pytest.skip("no mount namespace can be made here")
    out = tmp_path / "out"
    out.mkdir()
    words_of = [one.replace("OUT", str(out)) for one in command]
    run = [sys.executable, "-m", "semsearch", *words_of, "--index", str(corpus)]
    done = subprocess.run(
        ["unshare", "-m", *user, "sh", "-c", f'{mounted} && exec "$@"', "sh", *run],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout != "" or list(out.iterdir()) != []


def test_a_reader_without_write_permission_sees_everything(
    corpus: Path, words: WordEmbedder, shared: Path, without_root: "WithoutRoot"
) -> None:
    """A folder that another user may only read answers by words and by meaning."""
    index(corpus, words)
    expected = texts(corpus, words)
    there = copy_to_read(corpus, shared / "there")
    with without_root():
        assert texts(there, words) == expected


def test_a_log_that_cannot_be_recovered_in_place_is_read_from_a_copy(
    corpus: Path, words: WordEmbedder, shared: Path, without_root: "WithoutRoot"
) -> None:
    """A backup with SQLite's log in it is read whole, and stays as it is."""
    index(corpus, words)
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as writer:
        writer.execute("update document set size = 7")
        writer.commit()
        there = copy_to_read(corpus, shared / "there")
    before = sorted(path.name for path in (there / ".semsearch").iterdir())
    assert "index.sqlite-wal" in before
    with without_root(), open_to_read(there / ".semsearch" / "index.sqlite") as connection:
        assert connection.execute("select distinct size from document").fetchall() == [(7,)]
    assert sorted(path.name for path in (there / ".semsearch").iterdir()) == before

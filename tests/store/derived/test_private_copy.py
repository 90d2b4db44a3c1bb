"""Native libraries get only derived files that this user has written on this machine."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from semsearch.store.derived.rebuild import rehash_generations
from semsearch.store.record.connection import open_to_write

QUESTION = "honey bees"
ELSEWHERE = "not written on this machine"
DAMAGES = (
    ("ann-*.faiss", b"other bytes"),
    ("ann-*.faiss", None),
    ("keywords-*/meta.json", b"{}"),
    ("ann/card.json", b'{"file": "ann-000001.faiss"}'),
    ("ann/card.json", b"[]"),
    ("keywords/card.json", None),
)


@pytest.fixture
def given(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder with an index that another user has made."""
    with monkeypatch.context() as theirs:
        theirs.setenv("XDG_STATE_HOME", str(tmp_path / "state of another user"))
        index(corpus, words)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield corpus


def copies(tmp_path: Path) -> list[Path]:
    """The private copies of this user."""
    return list((tmp_path / "cache/semsearch/derived").glob("*"))


def test_an_index_from_elsewhere_is_derived_once_from_its_rows(
    given: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """The first query makes private copies and says so in one line; the second reads them."""
    before = {path: path.stat().st_mtime_ns for path in (given / ".semsearch").rglob("*")}
    first = semsearch.search(QUESTION, index=given, embedder=words)
    second = semsearch.search(QUESTION, index=given, embedder=words)
    assert first.hits[0].location.path == "bees.md"
    assert [ELSEWHERE in notice for notice in first.notices] == [True]
    assert (second.hits, second.notices) == (first.hits, ())
    (copy,) = copies(tmp_path)
    assert {path.name for path in copy.iterdir()} == {"ann", "keywords"}
    derived = [path for path in before if path.name.startswith(("ann-", "keywords-"))]
    assert all(path.stat().st_mtime_ns == before[path] for path in derived)


def test_private_copies_may_be_deleted(given: Path, words: WordEmbedder, tmp_path: Path) -> None:
    """The next query makes them again, and gives the same answer."""
    first = semsearch.search(QUESTION, index=given, embedder=words)
    for copy in copies(tmp_path):
        shutil.rmtree(copy)
    again = semsearch.search(QUESTION, index=given, embedder=words)
    assert (again.hits, len(copies(tmp_path))) == (first.hits, 1)


def test_damaged_private_copies_are_made_anew(
    given: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Wrong bytes, a missing file, a card without a name or no card cost one query its time."""
    first = semsearch.search(QUESTION, index=given, embedder=words)
    for name, content in DAMAGES:
        (path,) = (tmp_path / "cache").rglob(name)
        path.write_bytes(content) if content is not None else path.unlink()
        again = semsearch.search(QUESTION, index=given, embedder=words)
        assert again.hits == first.hits
        assert (name, [ELSEWHERE in notice for notice in again.notices]) == (name, [True])
        assert semsearch.search(QUESTION, index=given, embedder=words).notices == ()


def test_first_queries_at_once_all_get_whole_copies(
    given: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """The copy that is finished first stays; no query says that an index is damaged."""
    with ProcessPoolExecutor(4, get_context("spawn")) as processes:
        answers = list(processes.map(first_query, [str(given)] * 4))
    assert {path for path, _ in answers} == {"bees.md"}
    assert all(ELSEWHERE in notice for _, notices in answers for notice in notices)
    (copy,) = copies(tmp_path)
    assert {path.name for path in copy.iterdir()} == {"ann", "keywords"}
    assert semsearch.search(QUESTION, index=given, embedder=words).notices == ()


def first_query(corpus: str) -> tuple[str, tuple[str, ...]]:
    """The best path and the notices, in a process of its own."""
    answer = semsearch.search(QUESTION, index=Path(corpus), embedder=WordEmbedder())
    return answer.hits[0].location.path, answer.notices


def test_where_no_secret_can_be_kept_derived_files_are_made_again(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Another process of this user takes them for files from elsewhere, and says so."""
    (tmp_path / "file").write_text("")
    state = {"XDG_STATE_HOME": str(tmp_path / "file"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "semsearch"]
    for words_of in (["index", str(corpus)], ["query", "honey bees", "--index", str(corpus)]):
        done = subprocess.run(
            [*command, *words_of],
            env={**os.environ, **state},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert ELSEWHERE in done.stderr


def test_an_ann_file_from_elsewhere_is_not_opened(given: Path, words: WordEmbedder) -> None:
    """Bytes whose hashes fit everywhere are still not this user's own: the rows decide."""
    directory = given / ".semsearch"
    content = b"IxMp of another kind"
    ann = next(directory.glob("ann-*"))
    ann.write_bytes(content)
    with open_to_write(directory / "index.sqlite") as connection:
        connection.execute(
            "update generation set ann_digest = ?", (hashlib.sha256(content).digest(),)
        )
        rehash_generations(connection, "true", ())
    answer = semsearch.search(QUESTION, index=given, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert [ELSEWHERE in notice for notice in answer.notices] == [True]


def test_the_next_run_writes_derived_files_of_its_own(
    given: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """A run embeds nothing, writes both indexes anew, and removes the private copy."""
    semsearch.search(QUESTION, index=given, embedder=words)
    report = index(given, words)
    assert report.embedded == 0
    assert [ELSEWHERE in notice for notice in report.notices] == [True, True]
    assert copies(tmp_path) == []
    assert semsearch.search(QUESTION, index=given, embedder=words).notices == ()
    assert index(given, words).notices == ()


def test_a_run_with_changes_does_not_go_on_from_files_from_elsewhere(
    given: Path, words: WordEmbedder
) -> None:
    """An update begins with the rows, where it would begin with the last derived files."""
    (given / "new.md").write_text("Honey is sweet.")
    ann = next((given / ".semsearch").glob("ann-*"))
    ann.write_bytes(ann.read_bytes()[:-8] + bytes(8))
    index(given, words)
    answer = semsearch.search("sweet", index=given, embedder=words)
    assert (answer.hits[0].location.path, answer.notices) == ("new.md", ())


def test_where_nothing_can_be_kept_a_query_does_without_keywords(
    given: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cache vectors are indexed in memory, and words are left out with a notice."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    answer = semsearch.search(QUESTION, index=given, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "searching by meaning only" in answer.notices[1]

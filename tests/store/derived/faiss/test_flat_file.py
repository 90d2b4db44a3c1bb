"""A small index is searched without faiss, as faiss would search it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings
from semsearch.store.derived.faiss.faiss import FaissIndex
from semsearch.store.derived.faiss.flat_file import FlatFile

IDS = np.array([4, 9, 2, 7, 30], dtype=np.int64)


def rows() -> np.ndarray:
    """Five unit rows of eight numbers."""
    made = np.random.default_rng(3).standard_normal((5, 8)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))


@pytest.fixture
def content() -> bytes:
    """The bytes of an index that faiss has written."""
    index = FaissIndex.of_vectors(8)
    index.add(IDS, rows())
    return bytes(index.dump())


@pytest.mark.parametrize("among", [None, [], [2], [4, 9, 30], [1, 5]])
@pytest.mark.parametrize("count", [1, 3, 100])
def test_it_finds_what_faiss_finds(content: bytes, count: int, among: list[int] | None) -> None:
    """The same texts in the same order, with the same cosines, also with a filter."""
    flat, index = FlatFile.load(content), FaissIndex.load(content)
    assert flat is not None
    allowed = None if among is None else np.array(among, dtype=np.int64)
    for asked in rows():
        scores, ids = flat.search(asked, count, among=allowed)
        wanted_scores, wanted = index.search(asked, count, among=allowed)
        assert ids.tolist() == wanted.tolist()
        assert scores == pytest.approx(wanted_scores, abs=1e-6)


def test_it_is_what_faiss_wrote(content: bytes) -> None:
    """Its ids, its size and its bytes are those of the file, and it can be copied and emptied."""
    flat = FlatFile.load(content)
    assert flat is not None
    assert (len(flat), flat.dimension, flat.ids.tolist()) == (5, 8, sorted(IDS.tolist()))
    assert flat.dump() == content
    copy = flat.copied()
    copy.remove(np.array([9], dtype=np.int64))
    assert copy.ids.tolist() == [2, 4, 7, 30]
    assert (len(flat.emptied()), flat.emptied().dimension) == (0, 8)


def test_a_changed_copy_is_written_as_faiss_writes_it(content: bytes) -> None:
    """Its bytes equal those of faiss after the same removals and additions; the file stays."""
    flat = FlatFile.load(content)
    assert flat is not None
    for index in (copy := flat.copied(), by_faiss := FaissIndex.load(content).copied()):
        index.remove(np.array([30, 9], dtype=np.int64))
        index.add(np.array([31, 5], dtype=np.int64), rows()[2:4])
    assert copy.ids.tolist() == [2, 4, 5, 7, 31]
    assert copy.dump() == by_faiss.dump()
    assert flat.dump() == content


def test_an_index_without_vectors_is_written_as_faiss_writes_it(content: bytes) -> None:
    """An emptied copy has the bytes of an empty FAISS index of its dimension."""
    flat = FlatFile.load(content)
    assert flat is not None
    assert flat.emptied().dump() == FaissIndex.of_vectors(8).dump()


def test_bytes_of_another_layout_are_left_to_faiss(content: bytes) -> None:
    """Codes, and a file that was cut or has another number anywhere in its headers."""
    sample = np.tile(rows(), (200, 1))
    assert FlatFile.load(bytes(FaissIndex.of_codes(sample).dump())) is None
    assert FlatFile.load(content[:-1]) is None
    assert FlatFile.load(content + b"\0") is None
    assert FlatFile.load(b"") is None
    for at in (0, 4, 8, 33, 37, 41, 45, 70, 74):
        changed = bytearray(content)
        changed[at] ^= 0x41
        assert FlatFile.load(bytes(changed)) is None, at


def imports_faiss(command: str, folder: Path) -> list[str]:
    """Run Python with a folder as its argument; returns its words, and whether faiss was used."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, semsearch\nfrom fakes.embedder import WordEmbedder\n{command}",
            str(folder),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_question_in_a_small_index_imports_no_faiss(tmp_path: Path, words: WordEmbedder) -> None:
    """It is searched by meaning all the same."""
    (tmp_path / "bees.txt").write_text("Bees keep warm.")
    (tmp_path / "tides.txt").write_text("Tides follow the moon.")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    ask = (
        "found = semsearch.search('bees', index=sys.argv[1], embedder=WordEmbedder(),"
        " mode='semantic', min_relevance=0)\n"
        "print(found.hits[0].location.path, 'faiss' in sys.modules)\n"
    )
    assert imports_faiss(ask, tmp_path) == ["bees.txt", "False"]


def test_an_update_of_a_small_index_imports_no_faiss(tmp_path: Path, words: WordEmbedder) -> None:
    """The vectors of a changed file take the place of its former ones."""
    for name in ("bees", "tides", "stars"):
        (tmp_path / f"{name}.txt").write_text(f"A text about {name}.")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    (tmp_path / "tides.txt").write_text("A letter about storms.")
    update = (
        "report = semsearch.index(sys.argv[1], embedder=WordEmbedder())\n"
        "print(report.changed, 'faiss' in sys.modules)\n"
    )
    assert imports_faiss(update, tmp_path) == ["1", "False"]
    found = semsearch.search(
        "storms", index=tmp_path, embedder=words, mode="semantic", min_relevance=0
    )
    assert found.hits[0].location.path == "tides.txt"
    assert not semsearch.verify(index=tmp_path, full=True).damages

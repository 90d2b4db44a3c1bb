"""All vectors that a chain of pairs links are found, and no others."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.insights import near_pairs, sketches
from semsearch.insights.components import Links
from semsearch.insights.near_pairs import linked
from semsearch.insights.passage_matrix import Material, open_material, silent
from semsearch.store.record.vectors import STORED_DTYPE, unit_rows


@pytest.fixture
def material(corpus: Path, words: WordEmbedder) -> Iterator[Material]:
    """Some material; its vectors are exchanged."""
    semsearch.index(corpus, embedder=words)
    with open_material(corpus) as material:
        yield material


def with_rows(material: Material, rows: npt.NDArray[np.floating]) -> Material:
    """The material of as many texts as there are rows."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    positions = np.arange(len(rows), dtype=np.int32)
    return Material(
        material.snapshot, ("a",), positions * 0, positions, unit.astype(STORED_DTYPE), positions
    )


def clustered(random: np.random.Generator, rows: int, dimension: int) -> npt.NDArray[np.floating]:
    """Rows around centres, with near-copies of some at distances around what is asked for."""
    centres = random.standard_normal((20, dimension))
    found = centres[random.integers(20, size=rows)] + random.standard_normal((rows, dimension))
    copied = random.integers(rows, size=rows // 3)
    spread = random.uniform(0, 0.5, size=(len(copied), 1))
    found[: len(copied)] = found[copied] + spread * random.standard_normal((len(copied), dimension))
    return found


def brute_force(material: Material, least: float) -> npt.NDArray[np.int32]:
    """The same by comparing each with each."""
    rows = unit_rows(material.stored)
    links = Links(len(rows))
    one, other = np.nonzero(rows @ rows.T >= least)
    links.link(one.astype(np.int32), other.astype(np.int32))
    return links.labels(np.arange(len(rows), dtype=np.int32))


@pytest.mark.parametrize(
    ("dimension", "least"), [(8, 0.97), (8, 0.995), (200, 0.7), (200, 0.9), (200, 0.97)]
)
def test_no_pair_is_missed_and_none_is_made_up(
    material: Material, dimension: int, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many cells there are, whatever the sketch leaves out."""
    monkeypatch.setattr(near_pairs, "_ROWS", 50)
    monkeypatch.setattr(near_pairs, "_COLUMNS", 70)
    monkeypatch.setattr(sketches, "_SAMPLE", 300)
    monkeypatch.setattr(near_pairs, "_PAIRS", 40)
    given = with_rows(material, clustered(np.random.default_rng(5), 1_500, dimension))
    labels = linked(given, least, silent)
    assert 10 < len(np.unique(labels)) < 1_499
    np.testing.assert_array_equal(labels, brute_force(given, least))


def test_rows_that_are_all_alike_are_one_group(material: Material) -> None:
    """With some that are not."""
    random = np.random.default_rng(2)
    rows = np.ones((2_000, 32)) + 0.05 * random.standard_normal((2_000, 32))
    rows[::100] = random.standard_normal((20, 32))
    labels = linked(with_rows(material, rows), 0.95, silent)
    assert set(labels[1:100].tolist()) == {1}
    assert np.unique(labels).tolist() == [0, 1, *range(100, 2_000, 100)]


def test_rows_that_are_kept_apart_are_no_pair(material: Material) -> None:
    """But each may be one with a third."""
    rows = with_rows(material, np.ones((4, 8)))
    numbers = np.array([0, 0, 0, 1], dtype=np.int32)
    assert linked(rows, 0.9, silent, apart=numbers * 0).tolist() == [0, 1, 2, 3]
    assert linked(rows, 0.9, silent, apart=numbers).tolist() == [0, 0, 0, 0]
    assert linked(rows, 0.9, silent, apart=numbers * 0 - 1).tolist() == [0, 0, 0, 0]


def test_a_chain_is_one_group_and_its_first_row_the_label() -> None:
    """In whatever order its links are told."""
    links = Links(6)
    links.link(np.array([5, 1], dtype=np.int32), np.array([3, 2], dtype=np.int32))
    links.link(np.array([3, 5, 4], dtype=np.int32), np.array([2, 2, 4], dtype=np.int32))
    assert links.labels(np.arange(6, dtype=np.int32)).tolist() == [0, 1, 1, 1, 4, 1]

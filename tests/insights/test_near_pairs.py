"""Near-pair search finds exactly the chains of a brute-force comparison."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.insights.components import Links
from semsearch.insights.near_pairs import linked_labels
from semsearch.insights.passage_matrix import PassageMatrix, open_passage_matrix, silent
from semsearch.insights.policy import PairPolicy, SketchPolicy
from semsearch.store.record.vectors import STORED_DTYPE, unit_rows


@pytest.fixture
def matrix(corpus: Path, words: WordEmbedder) -> Iterator[PassageMatrix]:
    """The matrix of an index; tests replace its vectors."""
    semsearch.index(corpus, embedder=words)
    with open_passage_matrix(corpus) as matrix:
        yield matrix


def with_rows(matrix: PassageMatrix, rows: npt.NDArray[np.floating]) -> PassageMatrix:
    """A matrix with these vectors."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    positions = np.arange(len(rows), dtype=np.int32)
    return PassageMatrix(
        matrix.snapshot, ("a",), positions * 0, positions, unit.astype(STORED_DTYPE), positions
    )


def clustered(random: np.random.Generator, rows: int, dimension: int) -> npt.NDArray[np.floating]:
    """Rows around centres, with near-copies of some at distances around the threshold."""
    centres = random.standard_normal((20, dimension))
    found = centres[random.integers(20, size=rows)] + random.standard_normal((rows, dimension))
    copied = random.integers(rows, size=rows // 3)
    spread = random.uniform(0, 0.5, size=(len(copied), 1))
    found[: len(copied)] = found[copied] + spread * random.standard_normal((len(copied), dimension))
    return found


def brute_force(matrix: PassageMatrix, least: float) -> npt.NDArray[np.int32]:
    """The components by comparing all pairs."""
    rows = unit_rows(matrix.stored)
    links = Links(len(rows))
    one, other = np.nonzero(rows @ rows.T >= least)
    links.link(one.astype(np.int32), other.astype(np.int32))
    return links.labels(np.arange(len(rows), dtype=np.int32))


@pytest.mark.parametrize(
    ("dimension", "least"), [(8, 0.97), (8, 0.995), (200, 0.7), (200, 0.9), (200, 0.97)]
)
def test_no_pair_is_missed_and_none_is_made_up(
    matrix: PassageMatrix, dimension: int, least: float
) -> None:
    """Chains equal those of brute force, for many cells and lossy sketches."""
    policy = PairPolicy(rows=50, columns=70, pairs=40, sketches=SketchPolicy(sample=300))
    given = with_rows(matrix, clustered(np.random.default_rng(5), 1_500, dimension))
    labels = linked_labels(given, least, silent, policy=policy)
    assert 10 < len(np.unique(labels)) < 1_499
    np.testing.assert_array_equal(labels, brute_force(given, least))


def test_rows_that_are_all_alike_are_one_group(matrix: PassageMatrix) -> None:
    """2,000 near-equal rows are one group; random rows among them are alone."""
    random = np.random.default_rng(2)
    rows = np.ones((2_000, 32)) + 0.05 * random.standard_normal((2_000, 32))
    rows[::100] = random.standard_normal((20, 32))
    labels = linked_labels(with_rows(matrix, rows), 0.95, silent)
    assert set(labels[1:100].tolist()) == {1}
    assert np.unique(labels).tolist() == [0, 1, *range(100, 2_000, 100)]


def test_rows_that_are_kept_apart_are_no_pair(matrix: PassageMatrix) -> None:
    """Rows with equal numbers in ``apart`` are linked only through a third row."""
    rows = with_rows(matrix, np.ones((4, 8)))
    numbers = np.array([0, 0, 0, 1], dtype=np.int32)
    assert linked_labels(rows, 0.9, silent, apart=numbers * 0).tolist() == [0, 1, 2, 3]
    assert linked_labels(rows, 0.9, silent, apart=numbers).tolist() == [0, 0, 0, 0]
    assert linked_labels(rows, 0.9, silent, apart=numbers * 0 - 1).tolist() == [0, 0, 0, 0]


def test_a_chain_is_one_group_and_its_first_row_the_label() -> None:
    """A component's label is its smallest node, whatever the order of the edges."""
    links = Links(6)
    links.link(np.array([5, 1], dtype=np.int32), np.array([3, 2], dtype=np.int32))
    links.link(np.array([3, 5, 4], dtype=np.int32), np.array([2, 2, 4], dtype=np.int32))
    assert links.labels(np.arange(6, dtype=np.int32)).tolist() == [0, 1, 1, 1, 4, 1]

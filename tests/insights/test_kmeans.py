"""Vectors are grouped by k-means and HDBSCAN."""

import sys

import numpy as np
import pytest

from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.kmeans import (
    Grouping,
    Rows,
    dense_groups,
    sample_positions,
    spherical_kmeans,
)
from semsearch.insights.policy import KMeansPolicy


def blobs(groups: int, each: int, seed: int = 3) -> tuple[Vectors, np.ndarray]:
    """Unit rows around some directions, shuffled, and the direction of each."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(groups, 16))
    truth = random.permutation(np.repeat(np.arange(groups), each))
    rows = centres[truth] + random.normal(scale=0.3, size=(groups * each, 16))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit, truth


def rows_of(vectors: Vectors) -> Rows:
    """An array as ``Rows``."""
    return Rows(len(vectors), lambda positions: vectors[positions])


def same_groups(found: Grouping, truth: np.ndarray) -> bool:
    """Whether the groups are exactly the directions."""
    pairs = set(zip(found.labels.tolist(), truth.tolist(), strict=True))
    return len(pairs) == len(set(truth.tolist())) == len(found.centres)


@pytest.mark.parametrize("count", [None, 5])
def test_kmeans_finds_the_groups_that_there_are(count: int | None) -> None:
    """k-means finds the groups with and without their number; centres are unit rows."""
    vectors, truth = blobs(5, 30)
    found = spherical_kmeans(rows_of(vectors), count)
    assert same_groups(found, truth)
    np.testing.assert_allclose(np.linalg.norm(found.centres, axis=1), 1, atol=1e-5)
    assert found.silhouette > 0.5


def test_kmeans_gives_the_same_twice() -> None:
    """k-means has a fixed seed."""
    vectors, _ = blobs(6, 20)
    first, again = (spherical_kmeans(rows_of(vectors), 9) for _ in range(2))
    np.testing.assert_array_equal(first.labels, again.labels)
    np.testing.assert_array_equal(first.centres, again.centres)


def test_centres_of_many_rows_are_found_of_a_sample() -> None:
    """With a sample, all rows are still grouped, and centres are the means of all rows."""
    vectors, truth = blobs(4, 100)
    found = spherical_kmeans(rows_of(vectors), 4, policy=KMeansPolicy(sample=60))
    assert same_groups(found, truth)
    means = np.stack([vectors[found.labels == group].mean(axis=0) for group in range(4)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(found.centres, means, atol=1e-5)


def test_groups_that_were_there_stay_unless_others_are_better() -> None:
    """Earlier centres are kept unless new ones are clearly better."""
    random = np.random.default_rng(1)
    angles = np.sort(random.uniform(0, 2 * np.pi, 600))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    turned = np.array([0.4, 0.4 + 2 * np.pi / 3, 0.4 + 4 * np.pi / 3])
    before = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    kept = spherical_kmeans(rows_of(circle), 3, before)
    assert (np.diag(kept.centres @ before.T) > 0.98).all()
    vectors, truth = blobs(3, 30)
    one_point = np.repeat(vectors[:1], 3, axis=0)
    assert same_groups(spherical_kmeans(rows_of(vectors), 3, one_point), truth)


def test_hdbscan_leaves_out_what_is_nowhere_dense() -> None:
    """Rows between dense groups are in no group."""
    vectors, truth = blobs(3, 40)
    random = np.random.default_rng(5)
    stray = random.normal(size=(4, 16))
    stray /= np.linalg.norm(stray, axis=1, keepdims=True)
    found = dense_groups(rows_of(np.vstack([vectors, stray]).astype(np.float32)), 10)
    assert (found.labels[-4:] == -1).all()
    grouped = found.labels[: len(truth)]
    assert len(set(zip(grouped[grouped >= 0], truth[grouped >= 0], strict=True))) == 3
    assert (grouped >= 0).mean() > 0.8


def test_what_cannot_be_divided_is_told() -> None:
    """Impossible groupings raise an error with the reason."""
    vectors, _ = blobs(3, 10)
    with pytest.raises(SettingsError, match="one cluster would hold everything"):
        spherical_kmeans(rows_of(vectors), 1)
    with pytest.raises(TooLittle, match="only 1 of the vectors differ"):
        spherical_kmeans(rows_of(np.repeat(vectors[:1], 9, axis=0)))
    with pytest.raises(TooLittle, match="only 30 of the vectors differ, which makes no 31"):
        spherical_kmeans(rows_of(vectors), 31)
    with pytest.raises(TooLittle, match="no two groups of 40"):
        dense_groups(rows_of(vectors), 40)
    with pytest.raises(SettingsError, match="there are 20,001; use --method kmeans"):
        dense_groups(Rows(20_001, lambda positions: vectors[positions]))


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing scikit-learn is named with the command to install it."""
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(SettingsError, match=r"run: pip install 'semsearch\[insights\]'"):
        spherical_kmeans(rows_of(blobs(3, 10)[0]), 3)


def test_a_sample_is_always_the_same() -> None:
    """A sample is fixed, ascending, without repetition, and at most all."""
    assert sample_positions(5, 9).tolist() == [0, 1, 2, 3, 4]
    some = sample_positions(1000, 10).tolist()
    assert some == sorted(set(some)) == sample_positions(1000, 10).tolist()

"""Outliers among documents and passages."""

from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.outliers import lonely_rows, outliers
from semsearch.insights.policy import OutlierPolicy, SketchPolicy

LOCKS = "The keeper opens the gate of the lock when the water is level"


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """An index of twelve similar documents on locks, and four on other subjects."""
    for number in range(12):
        (corpus / f"lock-{number:02}.txt").write_text(f"{LOCKS} at {number} and boats wait.\n")
    semsearch.index(corpus, embedder=words)
    return corpus


def test_documents_that_belong_to_nothing_are_named(indexed: Path) -> None:
    """Outliers among documents come with their text, the farthest first."""
    found = outliers(indexed)
    assert {outlier.path for outlier in found.found} == {
        "bees.md", "bread.txt", "sub/knots.txt", "sub/tides.html",
    }  # fmt: skip
    similarities = [outlier.similarity for outlier in found.found]
    assert similarities == sorted(similarities)
    assert max(similarities) < found.threshold < found.usual
    assert all(outlier.location is None for outlier in found.found)
    assert "bread.txt" in {o.path for o in found.found if o.text.startswith("Bread dough")}


def test_passages_that_belong_to_nothing_have_their_places(indexed: Path) -> None:
    """A passage may be an outlier while others of its document are not."""
    found = outliers(indexed, passages=True)
    places = {
        (outlier.path, outlier.location and outlier.location.lines) for outlier in found.found
    }
    assert ("bees.md", (5, 7)) in places
    assert not any(path.startswith("lock") for path, _ in places)


@pytest.mark.parametrize("batch", [50, 10_000])
def test_the_lonely_are_those_of_comparing_each_with_each(
    batch: int,
) -> None:
    """Outliers equal those of a brute-force comparison, with and without cells."""
    policy = OutlierPolicy(cells_from=batch, block=70, sketches=SketchPolicy(single_cell=40))
    random = np.random.default_rng(4)
    rows = random.standard_normal((10, 30))[random.integers(10, size=600)]
    rows += random.uniform(0.1, 1.5, size=(600, 1)) * random.standard_normal((600, 30))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -1)
    means = np.sort(cosines, axis=1)[:, -5:].mean(axis=1)
    threshold = float(np.quantile(means, 0.1))
    found = lonely_rows(rows, 5, threshold, lambda *_: None, policy)
    expected = np.flatnonzero(means < threshold)
    assert [row for row, _ in found] == sorted(expected.tolist(), key=lambda row: means[row])
    np.testing.assert_allclose([mean for _, mean in found], np.sort(means[expected]), atol=1e-5)


def test_of_two_documents_none_is_an_outlier(tmp_path: Path, words: WordEmbedder) -> None:
    """Outliers need three documents and one neighbour."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"What {name} says.")
    semsearch.index(tmp_path, embedder=words)
    with pytest.raises(TooLittle, match="has 2 documents with text, and this takes 3 or more"):
        outliers(tmp_path)
    with pytest.raises(SettingsError, match="must be 1 or more"):
        outliers(tmp_path, neighbours=0)

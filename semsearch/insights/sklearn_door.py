"""The only door to scikit-learn and scipy; the rows it is given are unit vectors, (n, dimension).

Everything is drawn from one seed, so that the same rows in the same order give the same result.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import SettingsError

Labels = npt.NDArray[np.int32]  # (n,): which group or class each row is of; -1 is none
Matrix = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float64]  # (n, 2)

_SEED: Final = 1
_MOST_ROUNDS: Final = 1_000
_FEW: Final = 2_000  # rows that one thread lays out in seconds
_PERPLEXITY: Final = 30.0  # about how many neighbours a point has; at most a third of all


def hdbscan_labels(rows: Vectors, least: int, numbers: int) -> Labels:
    """Groups of at least ``least`` rows, by density, in the ``numbers`` widest directions.

    In all directions of a vector no two places differ much in density.
    """
    flat = principal(rows, numbers)
    with _extra():
        from sklearn.cluster import HDBSCAN
    found = HDBSCAN(min_cluster_size=least, copy=True)
    labels: Labels = found.fit_predict(flat).astype(np.int32)
    return labels


def silhouette(rows: npt.NDArray[Any], labels: Labels, metric: str = "cosine") -> float:
    """How much nearer rows are to their own group than to the next one, -1 to 1.

    Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", 1987. There must be two groups or more, and fewer than rows.
    """
    with _extra():
        from sklearn.metrics import silhouette_score
    return float(silhouette_score(rows, labels, metric=metric))


def pairs_of_most(gains: Matrix) -> list[tuple[int, int]]:
    """(row, column) of the pairs of which the gains add up to most; the Hungarian method."""
    with _extra():
        from scipy.optimize import linear_sum_assignment
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def principal(rows: Vectors, numbers: int) -> Vectors:
    """The rows in the ``numbers`` directions in which they differ most, as many as there are."""
    numbers = min(numbers, *rows.shape)
    with _extra():
        from sklearn.decomposition import PCA
    found = PCA(numbers, random_state=_SEED)
    flat: Vectors = found.fit_transform(rows).astype(np.float32)
    return flat


def logistic_regression(rows: Vectors, targets: Labels, loosely: float) -> tuple[Matrix, Matrix]:
    """(classes, dimension) weights and (classes,) offsets, whose softmax is how likely each is.

    ``targets`` (n,) are 0, 1, … of all classes, two or more; ``loosely`` is what scikit-learn calls
    C: the larger, the less the weights are kept small.
    """
    with _extra():
        from sklearn.linear_model import LogisticRegression
    found = LogisticRegression(C=loosely, max_iter=_MOST_ROUNDS).fit(rows, targets)
    weights, offsets = found.coef_.astype(np.float64), found.intercept_.astype(np.float64)
    if len(weights) == 1:  # of two classes, those of the second against the first
        weights, offsets = np.vstack([0 * weights, weights]), np.array([0.0, *offsets])
    return weights, offsets


def stratified_folds(targets: Labels, count: int) -> list[tuple[Labels, Labels]]:
    """(positions to learn from, positions to try) of so many folds, each with classes alike.

    Of a class of fewer examples than folds each is in another one.
    """
    with _extra():
        from sklearn.model_selection import StratifiedKFold
    folds = StratifiedKFold(count, shuffle=True, random_state=_SEED)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        split = list(folds.split(np.zeros(len(targets)), targets))
    return [(learn.astype(np.int32), test.astype(np.int32)) for learn, test in split]


def tsne(rows: Vectors) -> Plane:
    """The rows, three or more, on a plane, neighbours beside each other (t-SNE)."""
    with _extra():
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    perplexity = min(_PERPLEXITY, (len(rows) - 1) / 3)
    found = TSNE(2, perplexity=perplexity, init="pca", random_state=_SEED)
    # At its many small steps threads mostly wait for each other, on a busy machine for long.
    with threadpool_limits(1 if len(rows) < _FEW else None):
        plane: Plane = found.fit_transform(rows).astype(np.float64)
    return plane


@cache
def english_stop_words() -> frozenset[str]:
    """318 words that say nothing of what an English text is about."""
    with _extra():
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
    words: frozenset[str] = ENGLISH_STOP_WORDS
    return words


@contextmanager
def _extra() -> Iterator[None]:
    """Imports of the extra are made where they are needed: they take two seconds.

    Raises ``SettingsError`` where it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            f"scikit-learn is not installed ({error}); run: pip install 'semsearch[insights]'"
        ) from error

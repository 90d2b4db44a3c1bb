"""The only module that imports scikit-learn and SciPy. Rows are unit vectors, (n, dimension).

All random numbers have a fixed seed, so that equal rows in equal order give equal results.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError

Labels = npt.NDArray[np.int32]  # (n,) the group or class of each row; -1 is none
Matrix = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float64]  # (n, 2)

_SEED: Final = 1
_MOST_ROUNDS: Final = 1_000
_FEW: Final = 2_000  # rows that a single thread lays out in seconds
_PERPLEXITY: Final = 30.0  # about the number of neighbours of a point; at most a third of all


def hdbscan_labels(rows: Vectors, least: int, numbers: int) -> Labels:
    """HDBSCAN groups of at least ``least`` rows, in the first ``numbers`` principal components.

    In all dimensions of an embedding, density hardly varies.
    """
    flat = principal(rows, numbers)
    with _extra():
        from sklearn.cluster import HDBSCAN
    found = HDBSCAN(min_cluster_size=least, copy=True)
    labels: Labels = found.fit_predict(flat).astype(np.int32)
    return labels


def silhouette(rows: npt.NDArray[Any], labels: Labels, metric: str = "cosine") -> float:
    """The silhouette of a grouping: how much nearer rows are to their group than to the next.

    Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", 1987. There must be two groups or more, and fewer than rows.
    """
    with _extra():
        from sklearn.metrics import silhouette_score
    return float(silhouette_score(rows, labels, metric=metric))


def pairs_of_most(gains: Matrix) -> list[tuple[int, int]]:
    """(row, column) pairs with the greatest sum of gains (the assignment problem)."""
    with _extra():
        from scipy.optimize import linear_sum_assignment
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def principal(rows: Vectors, numbers: int) -> Vectors:
    """The first ``numbers`` principal components of the rows, or as many as there are."""
    numbers = min(numbers, *rows.shape)
    with _extra():
        from sklearn.decomposition import PCA
    found = PCA(numbers, random_state=_SEED)
    flat: Vectors = found.fit_transform(rows).astype(np.float32)
    return flat


def logistic_regression(rows: Vectors, targets: Labels, c: float) -> tuple[Matrix, Matrix]:
    """Train a classifier: weights (classes, dimension) and offsets (classes,) of a softmax.

    ``targets`` (n,) has all classes 0, 1, …, two or more; ``c`` is the inverse regularisation
    strength, as in scikit-learn.
    """
    with _extra():
        from sklearn.linear_model import LogisticRegression
    found = LogisticRegression(C=c, max_iter=_MOST_ROUNDS).fit(rows, targets)
    weights, offsets = found.coef_.astype(np.float64), found.intercept_.astype(np.float64)
    if len(weights) == 1:  # scikit-learn has one row for two classes
        weights, offsets = np.vstack([0 * weights, weights]), np.array([0.0, *offsets])
    return weights, offsets


def stratified_folds(targets: Labels, count: int) -> list[tuple[Labels, Labels]]:
    """``count`` pairs (training positions, test positions) with equal shares of each class.

    The examples of a class with fewer examples than folds are in different folds.
    """
    with _extra():
        from sklearn.model_selection import StratifiedKFold
    folds = StratifiedKFold(count, shuffle=True, random_state=_SEED)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        split = list(folds.split(np.zeros(len(targets)), targets))
    return [(learn.astype(np.int32), test.astype(np.int32)) for learn, test in split]


def tsne(rows: Vectors) -> Plane:
    """Lay three or more rows out on a plane by t-SNE."""
    with _extra():
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    perplexity = min(_PERPLEXITY, (len(rows) - 1) / 3)
    found = TSNE(2, perplexity=perplexity, init="pca", random_state=_SEED)
    # Its steps are small, so that more threads mostly wait for each other.
    with threadpool_limits(1 if len(rows) < _FEW else None):
        plane: Plane = found.fit_transform(rows).astype(np.float64)
    return plane


@cache
def english_stop_words() -> frozenset[str]:
    """scikit-learn's 318 English stop words."""
    with _extra():
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
    words: frozenset[str] = ENGLISH_STOP_WORDS
    return words


@contextmanager
def _extra() -> Iterator[None]:
    """Import within this context, at first use: the extra takes two seconds to import.

    Raises ``SettingsError`` when it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            f"scikit-learn is not installed ({error}); run: pip install 'semsearch[insights]'"
        ) from error

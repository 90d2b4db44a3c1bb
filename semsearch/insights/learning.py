"""The only door to scikit-learn and scipy; the rows it is given are unit vectors, (n, dimension).

Everything is drawn from one seed, so that the same rows in the same order give the same result.
"""

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

_SEED: Final = 1


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

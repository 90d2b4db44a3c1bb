"""Statistics over questions: confidence interval of a mean, significance of a difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_SAMPLES: Final = 2_000
_TRIALS: Final = 10_000
_SEED: Final = 7  # fixed: equal figures give equal results
_AT_ONCE: Final = 200  # rows of a random matrix at a time, to bound memory


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % confidence interval, [low, high]."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """The mean and its interval as JSON names and values."""
        return {
            "value": round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
        }


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean with its interval, by percentile bootstrap (Efron, 1979), 2,000 samples."""
    figures = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(_SEED)
    means = np.concatenate(
        [
            figures[random.integers(0, len(figures), (_AT_ONCE, len(figures)))].mean(axis=1)
            for _ in range(_SAMPLES // _AT_ONCE)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Mean(float(figures.mean()), float(low), float(high))


def chance_of_difference(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the two-sided p-value of the paired randomisation test (Fisher, 1935).

    It is the share of 10,000 random sign flips of the differences per question that give a mean
    difference at least as large as observed.
    """
    differences = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    seen = abs(differences.sum())
    random = np.random.default_rng(_SEED)
    as_far = 0
    for _ in range(_TRIALS // _AT_ONCE):
        signs = random.integers(0, 2, (_AT_ONCE, len(differences))) * 2 - 1
        as_far += int((np.abs(signs @ differences) >= seen - 1e-9).sum())
    return (as_far + 1) / (_TRIALS + 1)

"""How sure a mean over questions is, and whether two of them differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_SAMPLES: Final = 2_000
_TRIALS: Final = 10_000
_SEED: Final = 7  # the same figures give the same answer
_AT_ONCE: Final = 200  # rows of a random matrix, so that memory stays small


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
    """The mean over questions; percentile bootstrap (Efron, 1979) of 2,000 samples."""
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
    """The two-sided p of the paired randomisation test (Fisher, 1935) of 10,000 sign flips.

    How often the means of the same questions would differ as much or more if it were left to chance
    which of the two settings each figure came from.
    """
    differences = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    seen = abs(differences.sum())
    random = np.random.default_rng(_SEED)
    as_far = 0
    for _ in range(_TRIALS // _AT_ONCE):
        signs = random.integers(0, 2, (_AT_ONCE, len(differences))) * 2 - 1
        as_far += int((np.abs(signs @ differences) >= seen - 1e-9).sum())
    return (as_far + 1) / (_TRIALS + 1)

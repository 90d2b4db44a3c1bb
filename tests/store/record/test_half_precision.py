"""Numbers in half precision are converted by their bits."""

import numpy as np
import pytest

from semsearch.store.record.half_precision import as_float32, lengths_of


def every_half() -> np.ndarray:
    """All 65,536 numbers that two bytes can say."""
    return np.arange(1 << 16, dtype=np.uint16).view("<f2")


def test_each_finite_number_is_converted_exactly() -> None:
    """Also negative zero and the numbers too small to be normal."""
    halves = every_half()[np.isfinite(every_half())].reshape(-1, 32)
    found = as_float32(halves)
    assert found.tobytes() == halves.astype(np.float32).tobytes()


def test_a_number_that_is_not_finite_becomes_larger_than_any_half() -> None:
    """So that no row with it has unit length."""
    halves = every_half()[~np.isfinite(every_half())].reshape(-1, 2)
    assert (np.abs(as_float32(halves)) >= 65_536).all()
    assert (lengths_of(halves) >= 65_536).all()


@pytest.mark.parametrize("shape", [(0, 8), (1, 1), (3, 1024), (700, 384)])
def test_lengths_are_those_of_the_rows(shape: tuple[int, int]) -> None:
    """Whatever number of rows is looked at at once."""
    halves = np.random.default_rng(1).standard_normal(shape).astype("<f2")
    wanted = np.linalg.norm(halves.astype(np.float64), axis=1)
    assert lengths_of(halves) == pytest.approx(wanted, rel=1e-5)

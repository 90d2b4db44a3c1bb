"""Outlier channels are smoothed before quantisation."""

import numpy as np

from semsearch.embedders.local.channel_factors import Peaks

PRODUCT = "layer.output.dense"


def test_a_factor_is_larger_the_higher_the_peak() -> None:
    """Peaks are those of all inputs, and the factors' geometric mean is 1."""
    peaks = Peaks()
    peaks.see(PRODUCT, np.array([[1, -2, 0.5], [0, 1, 1]], dtype=np.float32))
    peaks.see(PRODUCT, np.array([[1, -64, 1]], dtype=np.float32))
    factors = peaks.factors({f"{PRODUCT}.weight": np.ones((4, 3), dtype=np.float32)})[PRODUCT]
    np.testing.assert_allclose(factors[1] / factors[0], 64**0.7, rtol=1e-5)
    np.testing.assert_allclose(factors[0], factors[2])
    np.testing.assert_allclose(factors.prod(), 1, rtol=1e-5)


def test_large_weights_take_less() -> None:
    """A channel with larger weights has a smaller factor; channels of zeros have one, too."""
    peaks = Peaks()
    peaks.see(PRODUCT, np.array([[1, 1, 0]], dtype=np.float32))
    weight = np.array([[1, 0.5, 0], [-16, 1, 0]], dtype=np.float32)
    factors = peaks.factors({f"{PRODUCT}.weight": weight})[PRODUCT]
    np.testing.assert_allclose(factors[1] / factors[0], 16**0.3, rtol=1e-5)
    assert np.isfinite(factors).all()
    assert (factors > 0).all()


def test_a_smoothed_product_is_the_same() -> None:
    """Divided inputs times multiplied weights are the product of inputs and weights."""
    random = np.random.default_rng(1)
    inputs = random.normal(0, [1, 30, 1, 2], (5, 4)).astype(np.float32)
    weight = random.normal(0, 1, (3, 4)).astype(np.float32)
    peaks = Peaks()
    peaks.see(PRODUCT, inputs)
    factors = peaks.factors({f"{PRODUCT}.weight": weight})[PRODUCT]
    smoothed = (inputs / factors) @ (weight * factors).T
    np.testing.assert_allclose(smoothed, inputs @ weight.T, rtol=1e-4)
    assert np.abs(inputs / factors).max() < np.abs(inputs).max() / 3

"""Smoothing before quantisation (Xiao et al., 2022: SmoothQuant), in numpy.

A channel whose activations are far above all others would stretch the scale of them all. Its
activations are divided by a factor and its weights multiplied by it, which changes no product.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from semsearch.embedders.local.safetensors import Array

# Share of a channel's peak that goes to its weights. Mean cosine of multilingual-e5-small to
# float32 over 24 passages, all products in int8: 0.9962 without smoothing and at 0.5, 0.9976 at
# 0.7, 0.9958 at 0.85.
_SHARE: Final = 0.7
_LEAST_PEAK: Final = 1e-3
_LEAST_WEIGHT: Final = 1e-5


class Peaks:
    """The highest magnitude of each input channel of some products, over all that was seen."""

    def __init__(self) -> None:
        self._peaks: dict[str, Array] = {}

    def see(self, product: str, inputs: Array) -> None:
        """Take the inputs (tokens, channels) of a product."""
        peaks = np.abs(inputs).max(axis=0)
        self._peaks[product] = np.maximum(peaks, self._peaks.get(product, peaks))

    def factors(self, weights: Mapping[str, Array]) -> dict[str, Array]:
        """Return the factor of each channel (channels,), by product; their geometric mean is 1."""
        found = {}
        for product, peaks in self._peaks.items():
            columns = np.abs(weights[f"{product}.weight"]).max(axis=0)
            factors = np.maximum(peaks, _LEAST_PEAK) ** _SHARE
            factors /= np.maximum(columns, _LEAST_WEIGHT) ** (1 - _SHARE)
            factors /= np.exp(np.log(factors).mean())
            found[product] = factors.astype(np.float32)
        return found

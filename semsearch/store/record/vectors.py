"""Stored vectors: their number format and their length."""

from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors

StoredVectors = npt.NDArray[np.float16]  # (n, dimension), nearly unit rows
STORED_DTYPE: Final = np.dtype("<f2")  # mistral-embed's numbers are exact in it
CANARY_DTYPE: Final = np.dtype("<f4")


def unit_rows(stored: StoredVectors | Vectors) -> Vectors:
    """Stored vectors (n, dimension) as float32, brought back to unit length."""
    vectors: Vectors = stored.astype(np.float32)
    squares = np.einsum("ij,ij->i", vectors, vectors)  # a fifth of the time of numpy's norm
    vectors /= np.sqrt(squares)[:, None]  # float16 shortens by up to 1e-3
    return vectors

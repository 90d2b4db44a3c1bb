"""Vectors: the type that embedders return and stores keep."""

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]  # (n, dimension) float32, unit rows

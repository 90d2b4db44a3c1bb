"""Vectors: the type that embedders return and stores keep."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]  # (n, dimension) float32, unit rows
else:
    Vectors = Any  # a type for mypy alone: numpy's import would take longer than many commands

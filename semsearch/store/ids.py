"""The ids of texts in the record, as arrays."""

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]  # (n,)

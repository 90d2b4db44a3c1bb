"""Long texts: where to split them, and how to join the vectors of their parts."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from semsearch.embedders.vectors import Vectors

# Best break first: paragraph, sentence, word, character.
_BREAKS: Final = (r"\n\s*\n", r"[.!?。！？]\s*", r"\s+", r"")
_SHORT: Final = 64  # characters; a refusal of so short a text is not because of its length
_WINDOW: Final = 4  # a break is searched within 1/4 of the length around the middle


def halves(text: str) -> tuple[str, str] | None:
    """Split a text into two parts of similar length, at the best break near the middle.

    Returns None when the text is short already, or no break leaves words in both parts.

    >>> halves("The first sentence of a text that is long enough. The second sentence of it.")
    ('The first sentence of a text that is long enough. ', 'The second sentence of it.')
    """
    if len(text) < _SHORT:
        return None
    middle, reach = len(text) // 2, len(text) // _WINDOW
    for pattern in _BREAKS:
        ends = [
            match.end()
            for match in re.compile(pattern).finditer(text, middle - reach, middle + reach + 1)
        ]
        for end in sorted(ends, key=lambda end: abs(end - middle)):
            if text[:end].strip() and text[end:].strip():
                return text[:end], text[end:]
    return None


def joined(vectors: Sequence[Vectors], weights: Sequence[float]) -> Vectors:
    """Return the normalised weighted mean of some vectors, a unit row (dimension,).

    If the mean is zero, which texts do not cause, the first vector is returned.
    """
    mean = np.average(np.stack(vectors), axis=0, weights=weights)
    length = float(np.linalg.norm(mean))
    row: Vectors = (mean / length if length > 0 else vectors[0]).astype(np.float32)
    return row

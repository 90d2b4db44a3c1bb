"""Texts that a server takes in parts only: where to cut them, and one vector out of several."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from semsearch.embedders.embedder import Vectors

_BREAKS: Final = (r"\n\s*\n", r"[.!?。！？]\s*", r"\s+", r"")  # the better place comes first
_SHORT: Final = 64  # characters; whoever refuses so few does not do it for their number
_WINDOW: Final = 4  # a break is looked for in the middle half of the text


def halves(text: str) -> tuple[str, str] | None:
    """Two parts of about one length, cut at the best place near the middle.

    None when no cut leaves something to embed in both, or the text is short already.

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
    """The direction of the weighted mean, a unit row (dimension,).

    Parts that cancel each other out, which texts do not, give the first part's.
    """
    mean = np.average(np.stack(vectors), axis=0, weights=weights)
    length = float(np.linalg.norm(mean))
    row: Vectors = (mean / length if length > 0 else vectors[0]).astype(np.float32)
    return row

"""Vectors of a text's sentences, from the states of its word pieces ("late chunking").

The mean of all states is the vector of the text; the mean over a sentence is a vector of the
sentence in its context, without another forward pass.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from semsearch.documents.text.sentences import joined_spans
from semsearch.embedders.vectors import Vectors

# See ARCHITECTURE.md, "Ranking": a row for each sentence, however short, loses where passages have
# many, such as items of a list.
_LEAST: Final = 60  # characters
MOST_SENTENCES: Final = 16  # rows of a text


def sentence_rows(text: str, starts: Sequence[int], states: Sequence[Vectors]) -> Vectors:
    """Return unit rows (n, dimension) for the sentences of a text; none where it is only one.

    ``starts`` are the offsets in the text at which its word pieces start, ascending, and ``states``
    their states, (pieces, dimension) for each window. Short sentences share a row.
    """
    joined = np.concatenate(states)
    spans = joined_spans(text, _LEAST, MOST_SENTENCES)
    cuts = [*np.searchsorted(starts, [start for start, _ in spans]).tolist(), len(joined)]
    sums = [joined[first:last].sum(axis=0) for first, last in pairwise(cuts) if last > first]
    if len(sums) < 2:
        return np.empty((0, joined.shape[1]), dtype=np.float32)
    rows = np.stack(sums)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / lengths, dtype=np.float32)

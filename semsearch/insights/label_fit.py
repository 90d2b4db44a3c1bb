"""Fit: whether a label's name says what a document is about, or only more than the other names do.

Probabilities compare the given labels with each other, so that one of them is likely even for a
document that none of them fits. The fit compares a label with forty usual subjects: it is how many
standard deviations the label's cosine to the document lies above the mean of the subjects' cosines
to the same document. Being relative to the document, it needs no calibration of an embedder.
"""

from typing import Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.insights.sklearn_door import Matrix

SUBJECTS: Final = (
    *("cooking", "health", "money", "law", "history", "music", "sports", "travel", "nature"),
    *("animals", "computers", "politics", "religion", "art", "education", "science"),
    *("mathematics", "work", "family", "food", "war", "weather", "the sea", "astronomy"),
    *("medicine", "business", "engineering", "language", "literature", "gardening", "cars"),
    *("housing", "clothing", "crime", "philosophy", "electricity", "farming", "photography"),
    *("games", "energy"),
)
# Measured with local:minilm on 46 documents and 32 passages on many subjects, four labels each. Of
# documents that no label fits, 20 and 19 % get one (by --unsure-below 0.5 alone 53 and 67 %); a
# fitting label is lost by 25 and 16 % (22 and 6 %). On 32 modules of one language, whose subjects
# are all alike beside these forty, it changes little (57 of 62 %). By ``scripts/bench/labels``.
DEFAULT_LEAST_FIT: Final = 2.0
_LEAST_DEVIATION: Final = 1e-6


def label_fits(documents: Vectors, labels: Vectors, subjects: Vectors) -> Matrix:
    """Return the fit of each label to each document, (documents, labels); all are unit rows."""
    usual = documents.astype(np.float64) @ subjects.T.astype(np.float64)
    deviation = np.maximum(usual.std(axis=1, keepdims=True), _LEAST_DEVIATION)
    cosines = documents.astype(np.float64) @ labels.T.astype(np.float64)
    fits: Matrix = (cosines - usual.mean(axis=1, keepdims=True)) / deviation
    return fits

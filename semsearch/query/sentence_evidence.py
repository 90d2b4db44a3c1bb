"""The sentence of a passage that is nearest to a question, as evidence beside the whole passage."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.embedders.vectors import Vectors

if TYPE_CHECKING:
    from semsearch.store.protocol import Records

# See ARCHITECTURE.md, "Ranking": 0.7 gains a little more where sentences help, and loses more where
# they do not.
SENTENCE_WEIGHT: Final = 0.5


def similarity(cosine: float, sentence_cosine: float | None) -> float:
    """The similarity of a passage to a question: the mean of its cosine and its best sentence's.

    It is the cosine alone where the passage has no vectors of sentences.
    """
    if sentence_cosine is None:
        return cosine
    return (1 - SENTENCE_WEIGHT) * cosine + SENTENCE_WEIGHT * sentence_cosine


def best_sentences(
    snapshot: "Records", vector: Vectors | None, texts: Iterable[int]
) -> dict[int, float]:
    """The highest cosine of a question and a sentence, by text id, of texts that have vectors.

    ``vector`` is the question's, a unit row (dimension,); without it there are none.
    """
    if vector is None:
        return {}
    owners, rows = snapshot.view.sentences.of_texts(snapshot.generation.embedder, list(texts))
    if not len(owners) or rows.shape[1] != len(vector):
        return {}
    ids, first = np.unique(owners, return_index=True)
    best = np.maximum.reduceat(rows @ vector, first)
    return dict(zip(ids.tolist(), best.astype(np.float64).tolist(), strict=True))

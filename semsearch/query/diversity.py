"""Diversity of the top hits: maximal marginal relevance."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.query.ranked import Ranked
from semsearch.store.notes.cosine_baseline import CosineBaseline
from semsearch.store.protocol import Records

_DENSE: Final = 6.0  # deviations above the mean cosine: the top candidates are all alike
_RELEVANCE_SHARE: Final = 0.7  # of the marginal relevance; the rest is the distance to better hits


def diversified(
    ranked: Iterable[Ranked], background: CosineBaseline, snapshot: Records, limit: int
) -> Iterator[Ranked]:
    """Diversify the top ``2 * limit`` candidates when they are all alike; else keep the order."""
    left = iter(ranked)
    top = list(islice(left, 2 * limit))
    if len(top) > limit:
        rows = _vectors_of(top, snapshot)
        if rows is not None and _mean_cosine(rows) > (
            background.mean + _DENSE * background.deviation
        ):
            top = by_marginal_relevance(top, rows, _RELEVANCE_SHARE)
    yield from top
    yield from left


def _vectors_of(ranked: Sequence[Ranked], snapshot: Records) -> Vectors | None:
    """The passages' vectors (n, dimension), in their order; None if one has no vector."""
    texts = [candidate.passage.text for candidate in ranked]
    ids, vectors = snapshot.view.vectors.of_texts(snapshot.generation.embedder, texts)
    row_of = {text: row for row, text in enumerate(ids.tolist())}
    if any(text not in row_of for text in texts):
        return None
    rows: Vectors = vectors[[row_of[text] for text in texts]]
    return rows


def _mean_cosine(rows: Vectors) -> float:
    """The mean cosine of all pairs of unit rows."""
    return float((rows @ rows.T)[np.triu_indices(len(rows), k=1)].mean())


def by_marginal_relevance(
    ranked: Sequence[Ranked], vectors: Vectors, relevance_share: float
) -> list[Ranked]:
    """The passages by maximal marginal relevance; the first stays first.

    Next comes the passage with the largest share · relevance − (1 − share) · the largest cosine to
    a passage already taken (Carbonell and Goldstein, 1998). ``vectors`` (n, dimension) are the
    passages', unit rows.
    """
    if not ranked:
        return []
    relevance = np.array([candidate.relevance for candidate in ranked])
    cosines = vectors @ vectors.T
    order = [0]
    left = list(range(1, len(ranked)))
    while left:
        nearest = cosines[np.ix_(left, order)].max(axis=1)
        marginal = relevance_share * relevance[left] - (1 - relevance_share) * nearest
        order.append(left.pop(int(np.argmax(marginal))))
    return [ranked[at] for at in order]

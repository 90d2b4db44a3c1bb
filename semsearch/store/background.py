"""What the cosine of unrelated passages is in an index: what every other cosine is held against."""

import json
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.store.view import Generation, StoredEmbedder, View

BACKGROUND: Final = "background"  # the note that keeps it

_SAMPLE: Final = 512  # texts; their pairs, 130,000, give the mean to within 0.001

# Until there are pairs enough to tell: those of all-MiniLM-L6-v2 in three corpora.
_USUAL_MEAN: Final = 0.1
_USUAL_DEVIATION: Final = 0.12
_USUAL_WEIGHT: Final = 50.0  # pairs
_LEAST_DEVIATION: Final = 0.01


@dataclass(frozen=True, slots=True)
class Background:
    """``mean`` and ``deviation`` of the cosines of random pairs of an index's ``texts``."""

    mean: float
    deviation: float
    texts: int


def background_of(view: View, generation: Generation) -> Background:
    """What was kept when a generation was made; in an index of an earlier format it is measured."""
    kept = view.note(BACKGROUND)
    return measured(view, generation.embedder) if kept is None else Background(**json.loads(kept))


def measured(view: View, embedder: StoredEmbedder) -> Background:
    """The cosines of all pairs of some texts, evenly spread over those of the index."""
    texts = view.text_ids()
    at = np.unique(np.linspace(0, max(0, len(texts) - 1), _SAMPLE).astype(np.int64))
    _, vectors = view.vectors(embedder, texts[at] if len(texts) else texts)
    return of_pairs(vectors, len(texts))


def as_note(background: Background) -> str:
    """For ``background_of`` to read."""
    return json.dumps(asdict(background))


def of_pairs(vectors: Vectors, texts: int) -> Background:
    """The cosines of all pairs of ``vectors`` (n, dimension), unit rows, in an index of ``texts``.

    Where pairs are few, they are mixed with fifty of a usual embedder.
    """
    first, second = np.triu_indices(len(vectors), k=1)
    cosines = (vectors @ vectors.T)[first, second].astype(np.float64)
    if not len(cosines):
        return Background(_USUAL_MEAN, _USUAL_DEVIATION, texts)
    own = len(cosines) / (len(cosines) + _USUAL_WEIGHT)
    mean = own * cosines.mean() + (1 - own) * _USUAL_MEAN
    deviation = own * cosines.std() + (1 - own) * _USUAL_DEVIATION
    return Background(float(mean), max(float(deviation), _LEAST_DEVIATION), texts)

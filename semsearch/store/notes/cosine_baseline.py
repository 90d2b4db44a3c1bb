"""What the cosine of unrelated passages is in an index: what every other cosine is held against."""

import json
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generations import Generation, StoredEmbedder
from semsearch.store.record.view import View

BACKGROUND: Final = "background"  # the note that keeps it

_SAMPLE: Final = 512  # texts; their pairs, 130,000, give the mean to within 0.001

# Of all-MiniLM-L6-v2 in three corpora of many subjects; what another embedder's deviation is
# follows from how much room its mean leaves.
_USUAL_MEANS: Final = {"local:minilm": 0.1}
_USUAL_MEAN: Final = 0.1
_USUAL_SHARE: Final = 0.13  # deviation / (1 − mean)
_USUAL_WEIGHT: Final = 50.0  # pairs, until there are enough of the index's own
_MOST_ABOVE: Final = 0.1  # / (1 − mean): a folder on one subject has no unrelated passages
_LEAST_SHARE: Final = 0.1
_LEAST_DEVIATION: Final = 0.01


@dataclass(frozen=True, slots=True)
class Background:
    """``mean`` and ``deviation`` of the cosines of random pairs of an index's ``texts``."""

    mean: float
    deviation: float
    texts: int


def background_of(view: View, generation: Generation) -> Background:
    """What was kept when a generation was made; where it is missing or damaged it is measured."""
    try:
        kept = view.note(BACKGROUND)
        if kept is not None:
            return Background(**json.loads(kept))
    except (IndexDamaged, TypeError, ValueError):
        view.withheld.add(f"the note {BACKGROUND}")
    return measured(view, generation.embedder, view.text_ids())


def measured(view: View, embedder: StoredEmbedder, texts: Ids) -> Background:
    """The cosines of all pairs of some texts, evenly spread over ``texts``, the index's."""
    at = np.unique(np.linspace(0, max(0, len(texts) - 1), _SAMPLE).astype(np.int64))
    _, vectors = view.vectors(embedder, texts[at] if len(texts) else texts)
    return of_pairs(vectors, len(texts), usual_mean(view, embedder))


def usual_mean(view: View, embedder: StoredEmbedder) -> float | None:
    """The cosine of texts that have nothing to do with each other: of the embedder's canaries.

    None where nobody knows.
    """
    canaries = view.canaries(embedder)
    if canaries is None or len(canaries) < 2:
        return _USUAL_MEANS.get(embedder.uri)
    return float(_cosines(canaries).mean())


def as_note(background: Background) -> str:
    """For ``background_of`` to read."""
    return json.dumps(asdict(background))


def of_pairs(vectors: Vectors, texts: int, usual: float | None = None) -> Background:
    """The cosines of all pairs of ``vectors`` (n, dimension), unit rows, in an index of ``texts``.

    Where pairs are few, they are mixed with fifty of a usual embedder. Where the ``usual`` mean is
    known, the folder's is not let be far above it, nor its deviation far below: passages of a
    folder on one subject are all related.
    """
    cosines = _cosines(vectors)
    prior = _USUAL_MEAN if usual is None else usual
    own = len(cosines) / (len(cosines) + _USUAL_WEIGHT)
    mean, deviation = prior, _USUAL_SHARE * (1 - prior)
    if len(cosines):
        mean = own * float(cosines.mean()) + (1 - own) * mean
        deviation = own * float(cosines.std()) + (1 - own) * deviation
    if usual is not None:
        mean = min(mean, usual + _MOST_ABOVE * (1 - usual))
        deviation = max(deviation, _LEAST_SHARE * (1 - usual))
    # Rounded, so that it does not depend on the order of the texts.
    return Background(round(mean, 4), round(max(deviation, _LEAST_DEVIATION), 4), texts)


def _cosines(vectors: Vectors) -> npt.NDArray[np.float64]:
    first, second = np.triu_indices(len(vectors), k=1)
    return (vectors @ vectors.T)[first, second].astype(np.float64)

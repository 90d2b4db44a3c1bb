"""Mean and deviation of the cosines of unrelated passages: the baseline for every other cosine."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.local.minilm_builds import model_of
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generations import Generation, StoredEmbedder
from semsearch.store.record.json_text import parsed, require_finite

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.protocol import Rows

BASELINE: Final = "background"  # the name of the note

_SAMPLE: Final = 512  # texts; their 130,000 pairs give the mean to within 0.001

# Measured for all-MiniLM-L6-v2 on three corpora of many subjects, for multilingual-e5-small on the
# reference passages (0.793), the sample corpus (0.817) and texts in six languages (0.810). The
# deviation of another embedder follows from how far its mean is from 1.
_USUAL_MEANS: Final = {"local:minilm": 0.1, "local:e5": 0.81}
_USUAL_MEAN: Final = 0.1
_USUAL_SHARE: Final = 0.13  # deviation / (1 − mean)
_USUAL_WEIGHT: Final = 50.0  # pairs that the usual values count as, beside the index's own
_MOST_ABOVE: Final = 0.1  # / (1 − mean): a folder on a single subject has no unrelated passages
_LEAST_SHARE: Final = 0.1
_LEAST_DEVIATION: Final = 0.01


@dataclass(frozen=True, slots=True)
class CosineBaseline:
    """Mean and standard deviation of the cosines of random pairs of an index's ``texts`` texts."""

    mean: float
    deviation: float
    texts: int


def baseline_of(view: "Rows", generation: Generation) -> CosineBaseline:
    """The baseline stored at the generation's commit; measured again if missing or damaged."""
    try:
        kept = view.note(BASELINE)
        if kept is not None:
            return _checked(CosineBaseline(**parsed(kept)))
    except (IndexDamaged, TypeError, ValueError):
        view.withheld.add(f"the note {BASELINE}")
    return measure_baseline(view, generation.embedder, view.texts.ids())


def _checked(found: CosineBaseline) -> CosineBaseline:
    require_finite(found.mean, found.deviation)
    if found.deviation <= 0 or type(found.texts) is not int or found.texts < 0:
        raise ValueError("its deviation or its number of texts is not positive")
    return found


def measure_baseline(view: "Rows", embedder: StoredEmbedder, texts: Ids) -> CosineBaseline:
    """Measure all pairs of at most 512 of the index's ``texts``, which their words decide.

    A sample by text ids would depend on the order in which the texts came: an index of a folder
    with a history would rank unlike a new one.
    """
    sample = texts if len(texts) <= _SAMPLE else view.texts.sample(texts, _SAMPLE)
    _, vectors = view.vectors.of_texts(embedder, sample)
    return of_pairs(vectors, len(texts), usual_mean(view, embedder))


def usual_mean(view: "Rows", embedder: StoredEmbedder) -> float | None:
    """The mean cosine of the embedder's probe texts, which are unrelated to each other.

    None if it has no probe vectors and its usual mean is not known.
    """
    probes = view.vectors.probes(embedder)
    if probes is None or len(probes) < 2:
        return _USUAL_MEANS.get(model_of(embedder.uri))
    return float(_cosines(probes).mean())


def as_note(baseline: CosineBaseline) -> str:
    """Serialise a baseline for ``baseline_of``."""
    return json.dumps(asdict(baseline))


def of_pairs(vectors: Vectors, texts: int, usual: float | None = None) -> CosineBaseline:
    """The baseline from all pairs of ``vectors`` (n, dimension), unit rows, of ``texts`` texts.

    Few pairs are mixed with the values of a usual embedder, which count as fifty pairs. With the
    embedder's ``usual`` mean, the result is bounded: the mean is not far above it and the deviation
    not far below its own, since passages of a folder on a single subject are all related.
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
    # Rounded, so that the order of the texts makes no difference.
    return CosineBaseline(round(mean, 4), round(max(deviation, _LEAST_DEVIATION), 4), texts)


def _cosines(vectors: Vectors) -> "npt.NDArray[np.float64]":
    first, second = np.triu_indices(len(vectors), k=1)
    return (vectors @ vectors.T)[first, second].astype(np.float64)

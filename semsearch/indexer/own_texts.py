"""Texts that semsearch sends beside those of documents: probe texts and reference texts."""

from semsearch.embedders.api.forecast import Needs
from semsearch.embedders.api.protocols import Billed, forecast_of
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.reference_pairs import REFERENCE_PAIRS
from semsearch.errors import IndexDamaged
from semsearch.indexer.drift import CANARIES
from semsearch.store.notes.calibration import stored_calibration
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.view import View

REFERENCE_TEXTS = (
    *(pair.question for pair in REFERENCE_PAIRS),
    *(pair.passage for pair in REFERENCE_PAIRS),
)
NOTHING = Needs(0, 0, 0, is_exact=True)


def own_needs(embedder: Embedder, view: View | None, stored: StoredEmbedder | None) -> Needs:
    """Return what a run that embeds anything sends to a server beside its documents' texts.

    These are the probe texts of ``drift``, and until they were measured once for an index the
    reference texts of ``calibration``. A local embedder sends nothing.
    """
    if not isinstance(embedder, Billed):
        return NOTHING
    needs = NOTHING
    for texts in (CANARIES, () if _is_calibrated(view, stored) else REFERENCE_TEXTS):
        forecast = forecast_of(embedder)
        for text in texts:
            forecast.add(text)
        needs += forecast.needs()
    return needs


def _is_calibrated(view: View | None, stored: StoredEmbedder | None) -> bool:
    if view is None or stored is None:
        return False
    try:
        return stored_calibration(view, stored) is not None
    except IndexDamaged:
        return False

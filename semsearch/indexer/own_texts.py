"""Texts that semsearch sends beside those of documents: probe texts and reference texts."""

from typing import Final

from semsearch.embedders.api.needs import NO_NEEDS, Needs
from semsearch.embedders.api.protocols import Billed, Truncating, forecast_of
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.reference_pairs import REFERENCE_TEXTS
from semsearch.indexer.drift import CANARIES
from semsearch.store.notes.calibration import is_calibrated
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.view import View

_WITH_CONTEXT: Final = 5  # fourths

OWN_TEXTS: Final = (*CANARIES, *REFERENCE_TEXTS)


def longest(characters: int) -> int:
    """Return how long a text may be: a passage of so many characters, and its context."""
    return characters * _WITH_CONTEXT // 4


def own_needs(
    embedder: Embedder,
    view: View | None,
    stored: StoredEmbedder | None,
    characters: int,
    *,
    is_shared: bool = False,
) -> Needs:
    """Return what a run that embeds anything sends to a server beside its documents' texts.

    These are the probe texts of ``drift``, and until they were measured once for an index the
    reference texts of ``calibration``, unless another index has shared what it measured, and two
    long texts of ``embedder_checks``; ``characters`` is the most of a passage. A local embedder
    sends nothing.
    """
    if not isinstance(embedder, Billed):
        return NO_NEEDS
    needs = NO_NEEDS
    is_known = view is not None and stored is not None and is_calibrated(view, stored)
    is_measured = is_known or is_shared
    long = embedder.probe_texts(longest(characters)) if isinstance(embedder, Truncating) else ()
    for texts in (CANARIES, () if is_measured else REFERENCE_TEXTS, long):
        forecast = forecast_of(embedder)
        for text in texts:
            forecast.add(text)
        needs += forecast.needs()
    return needs

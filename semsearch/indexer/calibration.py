"""Measure an embedder's calibration: its cosines of the reference pairs.

An API's embedder, or a local model in a folder, is measured once for each index, after the first
texts that it embeds there: 64 short texts, about 3,000 tokens.
"""

from contextlib import suppress
from typing import Final

import numpy as np

from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import (
    AsymmetricEmbedder,
    Embedder,
    embedded,
    embedder_of_questions,
)
from semsearch.embedders.reference_pairs import REFERENCE_PAIRS, REFERENCE_TEXTS
from semsearch.errors import EmbedderError
from semsearch.store.notes.calibration import (
    Calibration,
    as_note,
    is_calibrated,
    note_name,
)
from semsearch.store.writer import IndexWriter

_LEAST_DEVIATION: Final = 0.001


def calibrate(embedder: Embedder, writer: IndexWriter) -> None:
    """Measure and store the calibration of a run's embedder unless it is known.

    Where it cannot be measured now, by an error or a budget, a later run does it; until then
    relevance is computed with that of a usual embedder.
    """
    is_measured = isinstance(embedder, (AsymmetricEmbedder, Billed))
    if not is_measured or is_calibrated(writer.view, writer.embedder):
        return
    with suppress(EmbedderError):
        writer.notes.put(note_name(writer.embedder), as_note(measured_calibration(embedder)))


def measured_calibration(embedder: Embedder) -> Calibration:
    """Embed the reference pairs, and compare each question with each passage.

    Raises ``EmbedderError``.
    """
    asks = embedder_of_questions(embedder)
    if asks is not embedder:
        questions = embedded(asks, [pair.question for pair in REFERENCE_PAIRS])
        passages = embedded(embedder, [pair.passage for pair in REFERENCE_PAIRS])
    else:
        questions, passages = np.split(embedded(embedder, REFERENCE_TEXTS), 2)
    cosines = (questions @ passages.T).astype(np.float64)
    answers = np.diagonal(cosines)
    unrelated = cosines[~np.eye(len(cosines), dtype=np.bool_)]
    deviation = max(float(unrelated.std()), _LEAST_DEVIATION)
    values = (unrelated.mean(), deviation, answers.mean(), answers.std())
    return Calibration(*(round(float(value), 4) for value in values))

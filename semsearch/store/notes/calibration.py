"""Calibration: the cosines that an embedder gives to unrelated passages and to answers.

Stored once for each embedder of an index; see ``indexer/calibration`` for how it is measured.
"""

import json
from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Final

from semsearch.embedders.local.minilm_builds import model_of
from semsearch.errors import IndexDamaged
from semsearch.store.notes.cosine_baseline import CosineBaseline
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.json_text import parsed, require_finite
from semsearch.store.record.note_rows import NoteReader

if TYPE_CHECKING:
    from semsearch.store.protocol import Rows

# Answers of an embedder that was not measured, in deviations of the index's own random pairs.
_USUAL_ANSWER: Final = 4.0
_USUAL_ANSWER_DEVIATION: Final = 1.2


@dataclass(frozen=True, slots=True)
class Calibration:
    """Mean and standard deviation of cosines of a question to unrelated passages and to answers."""

    unrelated: float
    unrelated_deviation: float
    answers: float
    answers_deviation: float

    def deviations(self, cosine: float) -> float:
        """A cosine in deviations from those of unrelated passages."""
        return (cosine - self.unrelated) / self.unrelated_deviation


# Measured on the reference pairs: the built-in models are the same on each machine. (minilm of
# builds 1 to 3; of build 4 0.0441, 0.0819, 0.5212 and 0.1065.)
_BUILT_IN: Final = {
    "local:minilm": Calibration(0.0439, 0.0819, 0.5242, 0.1064),
    "local:e5": Calibration(0.7653, 0.0238, 0.8522, 0.0323),
}


def note_name(embedder: StoredEmbedder) -> str:
    """The name of the note with an embedder's calibration."""
    return f"calibration of embedder {embedder.id}"


def stored_calibration(notes: NoteReader, embedder: StoredEmbedder) -> Calibration | None:
    """The calibration of a built-in embedder, or the one that was measured; None without one.

    Raises ``IndexDamaged`` when the note is damaged.
    """
    if (model := model_of(embedder.uri)) in _BUILT_IN:
        return _BUILT_IN[model]
    kept = notes.note(note_name(embedder))
    if kept is None:
        return None
    try:
        return calibration_from(kept)
    except (TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the note {note_name(embedder)} of the index is damaged; run: semsearch repair"
        ) from error


def calibration_from(note: str) -> Calibration:
    """The calibration of ``as_note``; raises ``TypeError`` or ``ValueError``."""
    found = Calibration(**parsed(note))
    require_finite(*astuple(found))
    if found.unrelated_deviation <= 0 or found.answers_deviation < 0:
        raise ValueError("a deviation is not positive")
    return found


def is_calibrated(notes: NoteReader, embedder: StoredEmbedder) -> bool:
    """Whether the calibration of an embedder is known; a damaged one is not."""
    try:
        return stored_calibration(notes, embedder) is not None
    except IndexDamaged:
        return False


def calibration_of(view: "Rows", embedder: StoredEmbedder, baseline: CosineBaseline) -> Calibration:
    """The embedder's calibration, or where none was measured one from the index's own baseline."""
    try:
        kept = stored_calibration(view, embedder)
    except IndexDamaged:
        view.withheld.add(f"the note {note_name(embedder)}")
        kept = None
    return usual_calibration(baseline) if kept is None else kept


def usual_calibration(baseline: CosineBaseline) -> Calibration:
    """A calibration for a usual embedder, whose unrelated pairs are those of ``baseline``."""
    return Calibration(
        baseline.mean,
        baseline.deviation,
        baseline.mean + _USUAL_ANSWER * baseline.deviation,
        _USUAL_ANSWER_DEVIATION * baseline.deviation,
    )


def as_note(calibration: Calibration) -> str:
    """Serialise a calibration for ``stored_calibration``."""
    return json.dumps(asdict(calibration))

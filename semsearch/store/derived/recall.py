"""The recall of an ANN index of codes, measured when it is built from nothing; a note."""

import json
from dataclasses import dataclass
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

RECALL: Final = "recall"  # the note of the recall that was measured when codes were last built


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall@10 of the ANN index on a sample, when the vectors of ``codes`` codes are read."""

    share: float
    codes: int

    def as_note(self) -> str:
        """Serialise it for ``recall_of``."""
        return json.dumps([self.share, self.codes])


def recall_of(view: NoteReader) -> Recall | None:
    """The recall measured when codes were last built from scratch; None if it never was."""
    try:
        share, codes = parsed(view.note(RECALL) or "")
        return Recall(float(share), int(codes))
    except (IndexDamaged, TypeError, ValueError):
        return None

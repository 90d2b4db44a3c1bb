"""Questions that are asked of every new generation, and what they have found that is to be told.

Both are notes of the record. No words of a document are in them: news are the digests of texts.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from semsearch.errors import IndexDamaged
from semsearch.store.saved_questions import WithVector
from semsearch.store.view import View

WATCHED_QUESTIONS: Final = "watched questions"  # the notes that keep them
NEWS: Final = "news"


@dataclass(frozen=True, slots=True)
class WatchedQuestion(WithVector):
    """A question, and how relevant a new passage must be to be told.

    ``vector`` is as for ``SavedQuestion``.
    """

    question: str
    min_relevance: float
    epoch: int | None = None
    vector: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a question has found, by the SHA-256 of its text, in hexadecimal.

    ``told`` are the channels that have told it; None when it was told by all.
    """

    question: str
    digest: str
    relevance: float
    generation: int
    told: tuple[str, ...] | None = ()


def watched_questions(view: View) -> list[WatchedQuestion]:
    """Those of the index, in the order in which they came; raises ``IndexDamaged``."""
    return [WatchedQuestion(**one) for one in _read(view, WATCHED_QUESTIONS)]


def found_by(view: View) -> list[Found]:
    """All that was ever found, in the order in which it was; raises ``IndexDamaged``."""
    return [
        Found(**{**one, "told": None if one["told"] is None else tuple(one["told"])})
        for one in _read(view, NEWS)
    ]


def as_note(kept: Sequence[WatchedQuestion] | Sequence[Found]) -> str | None:
    """For the functions above to read; None, which forgets the note, when there is none."""
    return json.dumps([asdict(one) for one in kept]) if kept else None


def _read(view: View, name: str) -> list[dict[str, Any]]:
    try:
        kept = json.loads(view.note(name) or "[]")
        return [dict(one) for one in kept]
    except (TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the index's {name} cannot be read ({error}); run: semsearch repair"
        ) from error

"""Questions that are asked of every new generation, and what they have found that is to be told.

Both are notes of the record. No words of a document are in them: news are the digests of texts.
"""

from dataclasses import dataclass
from typing import Any, Final

from semsearch.store.notes.questions import WithVector, kept_in
from semsearch.store.record.view import View

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

    def to_dict(self, found: int) -> dict[str, Any]:
        """The question, and how many passages it has found, as JSON names and values."""
        return {
            "question": self.question,
            "min_relevance": self.min_relevance,
            "found": found,
        }


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
    return kept_in(view, WATCHED_QUESTIONS, WatchedQuestion)


def found_by(view: View) -> list[Found]:
    """All that was ever found, in the order in which it was; raises ``IndexDamaged``."""
    return kept_in(view, NEWS, _found)


def _found(*, told: list[str] | None, **others: Any) -> Found:
    return Found(told=None if told is None else tuple(told), **others)

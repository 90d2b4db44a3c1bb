"""Watched questions, asked of every new generation, and the news that they have found.

Both are notes of the record. News hold digests of texts, no words of a document.
"""

from dataclasses import dataclass
from typing import Any, Final

from semsearch.store.notes.pending_news import NEWS
from semsearch.store.notes.questions import WithVector, kept_in
from semsearch.store.record.note_rows import NoteReader

WATCHED_QUESTIONS: Final = "watched questions"  # the name of the note


@dataclass(frozen=True, slots=True)
class WatchedQuestion(WithVector):
    """A question, and the least relevance of a new passage that is reported.

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
    """A passage that a question has found, by the hexadecimal SHA-256 of its text.

    ``told`` are the channels that have told it; None when it was told by all.
    """

    question: str
    digest: str
    relevance: float
    generation: int
    told: tuple[str, ...] | None = ()


def watched_questions(view: NoteReader) -> list[WatchedQuestion]:
    """The watched questions of the index, in the order added; raises ``IndexDamaged``."""
    return kept_in(view, WATCHED_QUESTIONS, WatchedQuestion)


def found_by(view: NoteReader) -> list[Found]:
    """All passages ever found, in the order found; raises ``IndexDamaged``."""
    return kept_in(view, NEWS, _found)


def _found(*, told: list[str] | None, **others: Any) -> Found:
    return Found(told=None if told is None else tuple(told), **others)

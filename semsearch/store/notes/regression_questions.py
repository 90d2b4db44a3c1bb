"""Regression questions: each must find its document in every generation. Stored as a note."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from semsearch.store.notes.questions import WithVector, kept_in
from semsearch.store.record.note_rows import NoteReader

SAVED_QUESTIONS: Final = "saved questions"  # the name of the note


@dataclass(frozen=True, slots=True)
class SavedQuestion(WithVector):
    """A question whose document must be among the first ``within`` documents found.

    ``path`` is from the corpus. ``is_lost`` when a person has accepted a generation in which it is
    not, until it is found again.
    """

    question: str
    path: str
    within: int
    is_lost: bool = False
    epoch: int | None = None
    vector: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The question without its vector as JSON names and values."""
        return {
            "question": self.question,
            "path": self.path,
            "within": self.within,
            "lost": self.is_lost,
        }


def saved_questions(view: NoteReader) -> list[SavedQuestion]:
    """The saved questions of the index, in the order in which they were added.

    Raises ``IndexDamaged`` when the note cannot be read.
    """
    return kept_in(view, SAVED_QUESTIONS, SavedQuestion)


def without_paths(questions: Iterable[SavedQuestion], paths: Iterable[str]) -> list[SavedQuestion]:
    """The questions that are not about any of these documents."""
    gone = set(paths)
    return [one for one in questions if one.path not in gone]

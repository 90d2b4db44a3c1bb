"""Questions with the document that each must find, kept as a note of the record."""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import Field, asdict, dataclass, replace
from typing import Any, ClassVar, Final, Self

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.view import StoredEmbedder, View

SAVED_QUESTIONS: Final = "saved questions"  # the note that keeps them
_DTYPE: Final = np.dtype("<f4")


class WithVector:
    """A kept question with its vector, so that no question is paid for twice.

    ``vector`` is (dimension,) float32 in base 64, by the embedder with the row ``epoch``.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    question: str
    epoch: int | None
    vector: str

    def vector_of(self, embedder: StoredEmbedder) -> Vectors | None:
        """The question's vector (dimension,) by an embedder; None when it has none of that."""
        if self.epoch != embedder.id:
            return None
        return np.frombuffer(base64.b64decode(self.vector), _DTYPE).astype(np.float32)

    def with_vector(self, embedder: StoredEmbedder, vector: Vectors) -> Self:
        """The same, with its ``vector`` (dimension,) by an embedder."""
        encoded = base64.b64encode(vector.astype(_DTYPE).tobytes()).decode("ascii")
        return replace(self, epoch=embedder.id, vector=encoded)


@dataclass(frozen=True, slots=True)
class SavedQuestion(WithVector):
    """A question whose document is to be among the first ``within`` that it finds.

    ``path`` is from the corpus. ``is_lost`` when a person has accepted a generation in which it is
    not, until it is found again.
    """

    question: str
    path: str
    within: int
    is_lost: bool = False
    epoch: int | None = None
    vector: str = ""


def saved_questions(view: View) -> list[SavedQuestion]:
    """Those of the index, in the order in which they came.

    Raises ``IndexDamaged`` when they are not what was kept.
    """
    kept = view.note(SAVED_QUESTIONS)
    try:
        return [SavedQuestion(**one) for one in json.loads(kept or "[]")]
    except (TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the index's saved questions cannot be read ({error}); run: semsearch repair"
        ) from error


def as_note(questions: Sequence[SavedQuestion]) -> str | None:
    """For ``saved_questions`` to read; None, which forgets the note, when there is none."""
    return json.dumps([asdict(one) for one in questions]) if questions else None


def without_paths(questions: Iterable[SavedQuestion], paths: Iterable[str]) -> list[SavedQuestion]:
    """The questions that are not about any of these documents."""
    gone = set(paths)
    return [one for one in questions if one.path not in gone]

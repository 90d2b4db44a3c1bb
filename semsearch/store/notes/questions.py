"""Stored questions: a vector, so that no question is embedded twice, and their notes."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import Field, asdict, replace
from typing import Any, ClassVar, Final, Self, TypeVar

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

Kept = TypeVar("Kept")
_DTYPE: Final = "<f4"


class WithVector:
    """A stored question with its vector, so that it is not embedded again.

    ``vector`` is (dimension,) float32 in base64, made by the embedder with the row id ``epoch``.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    question: str
    epoch: int | None
    vector: str

    def vector_of(self, embedder: StoredEmbedder) -> Vectors | None:
        """The question's vector (dimension,) by an embedder; None if it has no such vector."""
        if self.epoch != embedder.id:
            return None
        return np.frombuffer(base64.b64decode(self.vector), _DTYPE).astype(np.float32)

    def with_vector(self, embedder: StoredEmbedder, vector: Vectors) -> Self:
        """A copy of the question with its ``vector`` (dimension,) by an embedder."""
        encoded = base64.b64encode(vector.astype(_DTYPE).tobytes()).decode("ascii")
        return replace(self, epoch=embedder.id, vector=encoded)


def kept_in(view: NoteReader, name: str, make: Callable[..., Kept]) -> list[Kept]:
    """The values in a note, in order, each built by ``make`` from its JSON object.

    Raises ``IndexDamaged`` when the note cannot be read.
    """
    try:
        return [make(**one) for one in parsed(view.note(name) or "[]")]
    except (TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the index's {name} cannot be read ({error}); run: semsearch repair"
        ) from error


def as_note(kept: Sequence[Any]) -> str | None:
    """Serialise data classes for ``kept_in``; None, which removes the note, if there are none."""
    return json.dumps([asdict(one) for one in kept]) if kept else None

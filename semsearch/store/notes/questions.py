"""What kept questions share: a vector, so that none is paid for twice, and notes that keep them."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import Field, asdict, replace
from typing import Any, ClassVar, Final, Self, TypeVar

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.note_rows import NoteReader

Kept = TypeVar("Kept")
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


def kept_in(view: NoteReader, name: str, make: Callable[..., Kept]) -> list[Kept]:
    """What a note keeps, in its order, each made by ``make`` of its named values.

    Raises ``IndexDamaged`` when it is not what was kept.
    """
    try:
        return [make(**one) for one in json.loads(view.note(name) or "[]")]
    except (TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the index's {name} cannot be read ({error}); run: semsearch repair"
        ) from error


def as_note(kept: Sequence[Any]) -> str | None:
    """Data classes for ``kept_in`` to read; None, which forgets the note, when there is none."""
    return json.dumps([asdict(one) for one in kept]) if kept else None

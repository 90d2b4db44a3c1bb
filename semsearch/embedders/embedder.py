"""What every embedder offers, and the values that pass through it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from semsearch.errors import ReplyInvalid

_UNIT_TOLERANCE: Final = 1e-2  # float16 shortens a row by up to 1e-3

Vectors = npt.NDArray[np.float32]  # (n, dimension) float32, unit rows


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedBatch:
    """The vectors of some of the texts that were given to ``Embedder.embed``.

    ``positions`` are indexes into those texts, ``vectors`` has one unit row for each, and
    ``tokens`` is what the embedder counted for them (for an API: what it bills).
    """

    positions: tuple[int, ...]
    vectors: Vectors
    tokens: int


def checked_batches(embedder: "Embedder", texts: Sequence[str]) -> Iterator[EmbeddedBatch]:
    """The batches of ``embedder.embed(texts)``, of whoever's making, fit to be stored.

    Raises ``ReplyInvalid`` unless each has a finite unit row for each of its positions, all of one
    length, and no position comes twice or is none of ``texts``.
    """
    left = set(range(len(texts)))
    for batch in embedder.embed(texts):
        try:
            vectors = np.asarray(batch.vectors, dtype=np.float32)
            positions = tuple(int(position) for position in batch.positions)
        except (TypeError, ValueError) as error:
            raise ReplyInvalid(f"what {embedder.uri} gives are no vectors: {error}") from error
        with np.errstate(over="ignore", invalid="ignore"):
            is_unit = vectors.ndim == 2 and bool(
                (np.abs(np.linalg.norm(vectors, axis=1) - 1) < _UNIT_TOLERANCE).all()
            )
        if not is_unit or len(vectors) != len(positions):
            raise ReplyInvalid(f"{embedder.uri} must give a unit row for each text; nothing stored")
        if len(set(positions)) != len(positions) or not left.issuperset(positions):
            raise ReplyInvalid(f"{embedder.uri} names a text twice, or one that it was not given")
        left.difference_update(positions)
        yield EmbeddedBatch(positions, vectors, batch.tokens)
    if left:
        raise ReplyInvalid(f"{embedder.uri} left out {len(left)} of {len(texts)} texts")


class Embedder(Protocol):
    """Turns texts into vectors, one per text; named by a URI such as ``mistral:mistral-embed``."""

    @property
    def uri(self) -> str:
        """The name under which the registry opens this embedder again."""

    @property
    def is_local(self) -> bool:
        """True when no text leaves the machine and a call costs only time."""

    @property
    def max_tokens(self) -> int:
        """The most tokens that one text may have, by ``count_tokens``."""

    def count_tokens(self, text: str) -> int:
        """The tokens of one text: exact, or an upper bound, never less than the truth."""

    def embed(self, texts: Sequence[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors batch by batch, as they become available, each position once.

        No text may be blank or longer than ``max_tokens``. Raises ``EmbedderError``; the batches
        yielded before that are good. ``TextsRefused`` comes last, when only some texts are refused.
        """

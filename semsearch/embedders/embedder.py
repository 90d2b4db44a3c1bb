"""What every embedder offers, and the values that pass through it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

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

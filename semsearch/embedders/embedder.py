"""What every embedder offers, and the values that pass through it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from semsearch.errors import ReplyInvalid

_UNIT_TOLERANCE: Final = 1e-2  # float16 shortens a row by up to 1e-3

Vectors = npt.NDArray[np.float32]  # (n, dimension) float32, unit rows


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedBatch:
    """The vectors of some of the texts that were given to ``Embedder.embed``.

    ``positions`` are indexes into those texts, ``vectors`` has one unit row for each, and
    ``tokens`` is what the embedder counted for them (for an API: what it bills). ``parts`` says of
    a position whose text was split how many parts its vector was made from.
    """

    positions: tuple[int, ...]
    vectors: Vectors
    tokens: int
    parts: Mapping[int, int] = field(default_factory=dict)


class Batches(Iterator[EmbeddedBatch]):
    """The batches of ``embedder.embed(texts)``, of whoever's making, fit to be stored.

    Raises ``ReplyInvalid`` unless each has a finite unit row for each of its positions, all of one
    length, and no position comes twice or is none of the texts that were taken.
    """

    def __init__(self, embedder: "Embedder", texts: Iterable[str]) -> None:
        self._uri = embedder.uri
        self._taken = 0
        self._open: set[int] = set()  # positions of texts that were taken and not answered
        self._batches = embedder.embed(self._counted(texts))
        self._last: EmbeddedBatch | None = None

    def __next__(self) -> EmbeddedBatch:
        self._last = None  # whoever asks for the next one has dealt with it
        try:
            batch = self._checked(next(self._batches))
        except StopIteration:
            if self._open:
                raise ReplyInvalid(
                    f"{self._uri} left out {len(self._open)} of {self._taken} texts"
                ) from None
            raise
        self._last = batch
        return batch

    def in_hand(self) -> Iterator[EmbeddedBatch]:
        """After an error: the batch that was being dealt with, and those that are as good as here.

        No further text is taken and no further request is sent.
        """
        if self._last is not None:
            yield self._last
        if isinstance(self._batches, Interruptible):
            yield from map(self._checked, self._batches.in_hand())

    def _counted(self, texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            self._open.add(self._taken)
            self._taken += 1
            yield text

    def _checked(self, batch: EmbeddedBatch) -> EmbeddedBatch:
        try:
            vectors = np.asarray(batch.vectors, dtype=np.float32)
            positions = tuple(int(position) for position in batch.positions)
        except (TypeError, ValueError) as error:
            raise ReplyInvalid(f"what {self._uri} gives are no vectors: {error}") from error
        with np.errstate(over="ignore", invalid="ignore"):
            is_unit = vectors.ndim == 2 and bool(
                (np.abs(np.linalg.norm(vectors, axis=1) - 1) < _UNIT_TOLERANCE).all()
            )
        if not is_unit or len(vectors) != len(positions):
            raise ReplyInvalid(f"{self._uri} must give a unit row for each text; nothing stored")
        if len(set(positions)) != len(positions) or not self._open.issuperset(positions):
            raise ReplyInvalid(f"{self._uri} names a text twice, or one that it was not given")
        self._open.difference_update(positions)
        return replace(batch, positions=positions, vectors=vectors)


def embedded(embedder: "Embedder", texts: Sequence[str]) -> Vectors:
    """The vectors of some texts, (n, dimension) float32, in their order; equal texts are sent once.

    Raises ``EmbedderError``.
    """
    distinct = list(dict.fromkeys(texts))
    place = {text: position for position, text in enumerate(distinct)}
    batches = list(Batches(embedder, distinct))
    vectors = np.empty((len(distinct), batches[0].vectors.shape[1]), dtype=np.float32)
    for batch in batches:
        vectors[list(batch.positions)] = batch.vectors
    return vectors[[place[text] for text in texts]]


@runtime_checkable
class Interruptible(Protocol):
    """What ``Embedder.embed`` may return when it has several requests under way."""

    def in_hand(self) -> Iterator[EmbeddedBatch]:
        """The batches of requests that were sent, also those that are answered in a few seconds."""


@runtime_checkable
class Fluent(Protocol):
    """An embedder that can tell which languages it knows."""

    def fluency(self, text: str) -> float:
        """How well it knows the language of a text, from 0 (not at all) to 1."""


def fluency_in(embedder: "Embedder", text: str) -> float:
    """How well it knows the language of a text, from 0 to 1; 1 where it cannot tell."""
    return embedder.fluency(text) if isinstance(embedder, Fluent) else 1.0


@runtime_checkable
class Asking(Protocol):
    """An embedder that may be any model, and may want other words before questions."""

    def for_questions(self) -> "Embedder":
        """The embedder of questions; ``embed`` is that of passages."""


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

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors batch by batch, as they become available, each position once.

        Texts are taken from the iterable as they are needed. None may be blank or longer than
        ``max_tokens``. Raises ``EmbedderError``; the batches yielded before that are good.
        ``TextsRefused`` comes last, when only some texts are refused.
        """

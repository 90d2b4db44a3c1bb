"""The protocol of embedders, and the checks of the batches that they return."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

from semsearch.embedders.interrupts import let_through
from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ReplyInvalid
from semsearch.settings.amounts import counted

_UNIT_TOLERANCE: Final = 1e-2  # float16 changes the length of a row by up to 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedBatch:
    """Vectors of some of the texts that were given to ``Embedder.embed``.

    ``positions`` are indexes into those texts, ``vectors`` has a unit row for each position, and
    ``tokens`` is the embedder's count for them (for an API: the billed tokens). ``parts`` maps the
    position of a split text to the number of its parts. ``sentences`` are unit rows (n, dimension)
    for the sentences of each text, in the order of ``positions``; n is 0 for a text that has none,
    and the tuple is empty when the embedder gives none.
    """

    positions: tuple[int, ...]
    vectors: Vectors
    tokens: int
    parts: Mapping[int, int] = field(default_factory=dict)
    sentences: tuple[Vectors, ...] = ()


class Batches(Iterator[EmbeddedBatch]):
    """Iterator over the checked batches of ``embedder.embed(texts)``.

    Raises ``ReplyInvalid`` unless each batch has a finite unit row for each position, all of the
    same length, and each position belongs to a text that was taken and is returned once. Rows of
    sentences are unit rows of that length, too.
    """

    def __init__(self, embedder: "Embedder", texts: Iterable[str]) -> None:
        self._uri = embedder.uri
        self._given = _Given(texts)
        self._batches = embedder.embed(self._given)
        self._last: EmbeddedBatch | None = None

    def __next__(self) -> EmbeddedBatch:
        self._last = None  # the caller has handled the last batch before it asks for the next
        try:
            batch = self._checked(next(self._batches))
        except StopIteration:
            if left_out := len(self._given.open):
                raise ReplyInvalid(
                    f"{self._uri} left out {left_out} of {counted(self._given.taken, 'text')}"
                ) from None
            raise
        self._last = batch
        return batch

    def in_hand(self) -> Iterator[EmbeddedBatch]:
        """After an error, yield batches already received or in flight: their vectors are paid for.

        Takes no further text and sends no further request.
        """
        if self._last is not None:
            yield self._last
        if isinstance(self._batches, Interruptible):
            yield from map(self._checked, self._batches.in_hand())

    def _checked(self, batch: EmbeddedBatch) -> EmbeddedBatch:
        try:
            vectors = np.asarray(batch.vectors, dtype=np.float32)
            positions = tuple(int(position) for position in batch.positions)
        except (TypeError, ValueError) as error:
            raise ReplyInvalid(f"what {self._uri} gives are no vectors: {error}") from error
        if not _are_unit(vectors) or len(vectors) != len(positions):
            raise ReplyInvalid(f"{self._uri} must give a unit row for each text; nothing stored")
        if batch.sentences:
            _check_sentences(self._uri, batch.sentences, vectors)
        if len(set(positions)) != len(positions) or not self._given.open.issuperset(positions):
            raise ReplyInvalid(f"{self._uri} names a text twice, or one that it was not given")
        self._given.open.difference_update(positions)
        return replace(batch, positions=positions, vectors=vectors)


class _Given(Iterator[str]):
    """The texts that an embedder takes, counted; signals go through while files are read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self._source = texts if isinstance(texts, ReadsAhead) else None
        self.taken = 0
        self.open: set[int] = set()  # positions of texts that were taken and not answered

    def __next__(self) -> str:
        with let_through():
            text = next(self._texts)
        self.open.add(self.taken)
        self.taken += 1
        return text

    def is_at_hand(self) -> bool:
        return self._source is None or self._source.is_at_hand()

    def read_ahead(self) -> bool:
        if self._source is None:
            return False
        with let_through():
            return self._source.read_ahead()


def _are_unit(vectors: Vectors) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return vectors.ndim == 2 and bool(
            (np.abs(np.linalg.norm(vectors, axis=1) - 1) < _UNIT_TOLERANCE).all()
        )


def _check_sentences(uri: str, sentences: Sequence[Vectors], vectors: Vectors) -> None:
    is_whole = len(sentences) == len(vectors) and all(
        isinstance(rows, np.ndarray)
        and rows.dtype == np.float32
        and _are_unit(rows)
        and rows.shape[1] == vectors.shape[1]
        for rows in sentences
    )
    if not is_whole:
        raise ReplyInvalid(f"{uri} must give unit rows for sentences; nothing stored")


def embedded(embedder: "Embedder", texts: Sequence[str]) -> Vectors:
    """Return the vectors of some texts, (n, dimension) float32, in order.

    Equal texts are sent once. Raises ``EmbedderError``.
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
    """Batch iterator with requests in flight, whose answers can still be collected."""

    def in_hand(self) -> Iterator[EmbeddedBatch]:
        """Yield batches received or answered within seconds, without sending a request."""


@runtime_checkable
class ReadsAhead(Protocol):
    """Texts that are made of files; an embedder that waits for a server has more files read."""

    def is_at_hand(self) -> bool:
        """Whether the next text, or the end, comes without waiting for a file."""

    def read_ahead(self) -> bool:
        """Read some files; False when all are read, or the next file takes a while."""


@runtime_checkable
class LanguageAware(Protocol):
    """An embedder that can estimate how well it knows the language of a text."""

    def fluency(self, text: str) -> float:
        """How well the embedder knows the language of a text, from 0 (not at all) to 1."""


def fluency_in(embedder: "Embedder", text: str) -> float:
    """Return how well an embedder knows a text's language, from 0 to 1; 1 if it cannot tell."""
    return embedder.fluency(text) if isinstance(embedder, LanguageAware) else 1.0


@runtime_checkable
class AsymmetricEmbedder(Protocol):
    """An embedder that may use different prefixes for questions and for passages."""

    def for_questions(self) -> "Embedder":
        """Return the embedder for questions; ``embed`` of this embedder is for passages."""


@runtime_checkable
class SentenceEmbedder(Protocol):
    """An embedder that can tell the vectors of a passage's sentences with that of the passage."""

    def for_passages(self) -> "Embedder":
        """Return the embedder for passages, whose batches have ``sentences``."""


def embedder_of_passages(embedder: "Embedder") -> "Embedder":
    """Return the embedder for passages: with the vectors of their sentences, if it has them."""
    return embedder.for_passages() if isinstance(embedder, SentenceEmbedder) else embedder


def embedder_of_questions(embedder: "Embedder") -> "Embedder":
    """Return the embedder for questions: another one where these have vectors of their own."""
    return embedder.for_questions() if isinstance(embedder, AsymmetricEmbedder) else embedder


class Embedder(Protocol):
    """Turns texts into vectors, one per text; named by a URI such as ``mistral:mistral-embed``."""

    @property
    def uri(self) -> str:
        """The URI with which the registry opens this embedder again."""

    @property
    def is_local(self) -> bool:
        """True when no text leaves the machine, so that a call costs only time."""

    @property
    def max_tokens(self) -> int:
        """The most tokens that a text may have, by ``count_tokens``."""

    def count_tokens(self, text: str) -> int:
        """Return the tokens of a text: the exact number or an upper bound."""

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors batch by batch, as they become available, each position once.

        Texts are taken from the iterable as they are needed. A text must not be blank or longer
        than ``max_tokens``. Raises ``EmbedderError``; batches yielded before it are valid.
        ``TextsRefused`` is raised at the end, when only some texts were refused.
        """

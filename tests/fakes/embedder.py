"""An embedder without a model: texts that share words are near each other."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from semsearch.documents.text.sentences import sentence_spans
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderUnavailable


class WordEmbedder:
    """Hashed bags of words; ``seen`` lists every embedded text, as a bill.

    ``fails_after`` is the number of batches after which it is unavailable.
    """

    def __init__(
        self,
        uri: str = "test:words",
        *,
        dimension: int = 64,
        batch: int = 4,
        longest: int = 10_000,
        fails_after: int | None = None,
    ) -> None:
        self.uri = uri
        self.is_local = True
        self.max_tokens = longest
        self.seen: list[str] = []
        self._dimension = dimension
        self._batch = batch
        self._left = fails_after

    def count_tokens(self, text: str) -> int:
        """Count a token per character."""
        return len(text)

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield batches of a few texts, in order."""
        start, left = 0, iter(texts)
        while batch := list(islice(left, self._batch)):
            if self._left == 0:
                raise EmbedderUnavailable("the test embedder is out of reach; try again")
            if self._left is not None:
                self._left -= 1
            self.seen += batch
            vectors = np.stack([self.vector(text) for text in batch])
            positions = tuple(range(start, start + len(batch)))
            yield EmbeddedBatch(positions, vectors, sum(map(len, batch)))
            start += len(batch)

    def vector(self, text: str) -> Vectors:
        """A unit row."""
        row = np.full(self._dimension, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            row[zlib.crc32(word.encode()) % self._dimension] += 1
        return (row / np.linalg.norm(row)).astype(np.float32)


class SentenceWordEmbedder(WordEmbedder):
    """Hashed bags of words, of passages and of their sentences."""

    def for_passages(self) -> "SentencesToo":
        """The embedder whose batches have the vectors of sentences."""
        return SentencesToo(self)


class SentencesToo:
    """Batches of an embedder, with a row for each sentence of a text that has several."""

    def __init__(self, embedder: WordEmbedder) -> None:
        self._embedder = embedder
        self.uri = embedder.uri
        self.is_local = embedder.is_local
        self.max_tokens = embedder.max_tokens
        self.count_tokens = embedder.count_tokens

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield batches of a few texts, in order."""
        given: list[str] = []

        def noted() -> Iterator[str]:
            for text in texts:
                given.append(text)
                yield text

        for batch in self._embedder.embed(noted()):
            rows = tuple(self._rows(given[position]) for position in batch.positions)
            yield replace(batch, sentences=rows)

    def _rows(self, text: str) -> Vectors:
        rows = [self._embedder.vector(text[start:end]) for start, end in sentence_spans(text)]
        return np.stack(rows)[: 0 if len(rows) == 1 else None]

"""Runs that publish partial generations, with an embedder that is asked between its batches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from fakes.embedder import WordEmbedder
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.indexer.options import RunOptions
from semsearch.indexer.report import IndexReport
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.store.policy import PublicationPolicy, StorePolicy

OFTEN = StorePolicy(publication=PublicationPolicy(1, 0.0, 0.0, 0.0))  # after each batch


class Interrupted(WordEmbedder):
    """Calls ``between`` with the number of batches before each batch of texts of documents."""

    def __init__(self, between: Callable[[int], None], batch: int = 1) -> None:
        super().__init__(batch=batch)
        self._between = between

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield batches of a few texts, in order."""
        start, left = 0, iter(texts)
        while some := list(islice(left, self._batch)):
            self._between(len(self.seen))
            for batch in super().embed(some):
                yield replace(batch, positions=tuple(start + at for at in batch.positions))
            start += len(some)


def publish_often(
    corpus: Path, embedder: WordEmbedder, options: RunOptions = RunOptions(), **values: int
) -> IndexReport:
    """Bring the index up to date; a partial generation comes after each batch."""
    settings = Settings(**values)  # type: ignore[arg-type]
    return run_index(Target(corpus, None, embedder, settings, OFTEN), options)

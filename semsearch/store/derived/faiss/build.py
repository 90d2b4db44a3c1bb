"""The making of an ANN index from vectors: one segment after the other, and how well it finds."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.store.derived.faiss.segment import Segment
from semsearch.store.derived.freed_memory import give_back
from semsearch.store.disk.ids import Ids, no_ids
from semsearch.store.policy import AnnPolicy

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.faiss import FaissIndex, Scores
    from semsearch.store.derived.faiss.flat_file import FlatFile
    from semsearch.store.protocol import VectorsOf

_Item = TypeVar("_Item")

_TRIED: Final = (200, 400, 1_000, 2_000, 4_000)  # least codes to rescore: the first that reaches
_ENOUGH: Final = 0.99  # this recall is taken
_TRAINED: Final = 2_500  # rows that codes without lists are trained on: only their mean is learned
_TRAINED_FROM: Final = 32  # texts for each list: 270 MB at 1,024 dimensions
_BLOCK: Final = 2_500  # vectors in memory at once, and as many more that are being read
_ASKED: Final = 64  # rows of the sample that recall is measured on
_NEAREST: Final = 10  # recall@10


class AnnBuild:
    """Makes the segments of an index of those ``texts`` that ``vectors_of`` returns a row for.

    A segment can be written to its file and forgotten before the next is made: at 1,024 numbers
    a segment of 250,000 texts takes 37 MB. After the last ``recall`` is known, which is measured
    where the index has codes, and ``fewest``, the least number of codes that reaches it.
    """

    def __init__(
        self, texts: Ids, vectors_of: "VectorsOf", dimension: int, policy: AnnPolicy
    ) -> None:
        self._texts = texts
        self._vectors_of = vectors_of
        self._dimension = dimension
        self._policy = policy
        self._is_exact = len(texts) < policy.exact_below
        self._lists = policy.lists if len(texts) >= policy.lists_from else 0
        is_one = self._is_exact or self._lists
        self.parts = 1 if is_one else -(-len(texts) // policy.segment)
        self.recall: float | None = None
        self.fewest = 0

    def segments(self) -> Iterator[Segment]:
        """Make one segment after the other."""
        from semsearch.store.derived.faiss.faiss import FaissIndex  # here: see ``flat_file``

        vectors_of = self._vectors_of
        if self._is_exact:
            index = FaissIndex.of_vectors(self._dimension)
            add(index, self._texts, vectors_of)
            yield Segment(index)
            return
        give_back()
        sample = spread(self._texts, max(_TRAINED, _TRAINED_FROM * self._lists))
        learned = FaissIndex.of_codes(_gathered(sample, vectors_of, self._dimension), self._lists)
        truth = Truth(*vectors_of(spread(self._texts, _ASKED)))
        for part in np.array_split(self._texts, self.parts):
            index = learned.emptied()
            segment = Segment(index)
            add(index, part, vectors_of, truth)
            if self._lists:
                self._scan_enough_lists(index, segment, truth)
            else:
                truth.ask(segment)
            yield segment
            del index, segment
            give_back()
        if not self._lists:
            self._measure(truth)

    def _measure(self, truth: "Truth") -> None:
        for self.fewest, self.recall in truth.shares_found():
            if self.recall >= _ENOUGH:
                return

    def _scan_enough_lists(self, index: "FaissIndex", segment: Segment, truth: "Truth") -> None:
        for lists in self._policy.lists_scanned:
            index.scan(lists)
            truth.forget_answers()
            truth.ask(segment)
            self._measure(truth)
            if self.recall is not None and self.recall >= _ENOUGH:
                return


class Truth:
    """The exact nearest neighbours of some rows, and the candidates that segments have for them."""

    def __init__(self, ids: Ids, rows: Vectors) -> None:
        self._ids = ids
        self._rows = rows
        self._texts = np.full((len(ids), _NEAREST + 1), -1, dtype=np.int64)
        self._cosines = np.full((len(ids), _NEAREST + 1), -np.inf, dtype=np.float32)
        self.forget_answers()

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take note of rows that are added to the index."""
        if not len(self._ids):
            return
        cosines = np.hstack([self._cosines, self._rows @ vectors.T])
        texts = np.hstack([self._texts, np.broadcast_to(ids, (len(self._ids), len(ids)))])
        best = np.argpartition(-cosines, _NEAREST, axis=1)[:, : _NEAREST + 1]
        self._cosines = np.take_along_axis(cosines, best, axis=1)
        self._texts = np.take_along_axis(texts, best, axis=1)

    def forget_answers(self) -> None:
        """Begin anew with the candidates."""
        nothing = (np.empty(0, dtype=np.float32), no_ids())
        self._best = [[nothing] * len(self._ids) for _ in _TRIED]

    def ask(self, segment: Segment) -> None:
        """Ask a segment for the candidates of each row, as a search does."""
        for fewest, best in zip(_TRIED, self._best, strict=True):
            for at, row in enumerate(self._rows):
                best[at] = _better(best[at], segment.best(row, fewest, None), fewest)

    def shares_found(self) -> Iterator[tuple[int, float]]:
        """(least codes to rescore, recall@10 with them), each row's own text left out.

        Reads no vector: of the candidates that a search rescores exactly, those that are among the
        nearest of all are the best, so that the search returns them.
        """
        for fewest, best in zip(_TRIED, self._best, strict=True):
            shares = []
            for own, texts, (_, found) in zip(self._ids.tolist(), self._texts, best, strict=True):
                nearest = set(texts.tolist()) - {own}
                shares.append(len(nearest.intersection(found.tolist())) / len(nearest))
            yield fewest, float(np.mean(shares))


def _better(
    one: "tuple[Scores, Ids]", other: "tuple[Scores, Ids]", count: int
) -> "tuple[Scores, Ids]":
    """The ``count`` best of two lists of scores and ids, in any order."""
    scores, ids = np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])
    if len(ids) > count:
        best = np.argpartition(-scores, count - 1)[:count]
        scores, ids = scores[best], ids[best]
    return scores, ids


def spread(texts: Ids, count: int) -> Ids:
    """At most ``count`` of the texts, evenly spaced."""
    return texts[:: max(1, -(-len(texts) // count))]


def _gathered(texts: Ids, vectors_of: "VectorsOf", dimension: int) -> Vectors:
    """The vectors of some texts, read in blocks: a reader holds each vector several times."""
    gathered: Vectors = np.empty((len(texts), dimension), dtype=np.float32)
    count = 0
    for ids, rows in blocks(texts, vectors_of):
        gathered[count : count + len(ids)] = rows
        count += len(ids)
    return gathered[:count]


def add(
    index: "FaissIndex | FlatFile",
    texts: Ids,
    vectors_of: "VectorsOf",
    truth: "Truth | None" = None,
) -> None:
    """Add the texts to an index, and to the truth, while another thread reads the next block."""
    for ids, rows in _read_ahead(blocks(texts, vectors_of)):
        index.add(ids, rows)
        if truth is not None:
            truth.add(ids, rows)


def blocks(texts: Ids, vectors_of: "VectorsOf") -> Iterator[tuple[Ids, Vectors]]:
    """(ids, rows) of the texts that have a vector, some thousands at a time."""
    for start in range(0, len(texts), _BLOCK):
        ids, vectors = vectors_of(texts[start : start + _BLOCK])
        if len(ids):
            yield ids, vectors


def _read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield the items, each made by another thread while the caller works on the one before."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item

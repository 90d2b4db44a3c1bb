"""The ANN index over the vectors of one generation, in segments that are searched in parallel.

A small index holds the vectors, and a search compares the question with all of them. A larger one
holds codes of one bit a dimension (RaBitQ: Gao and Long, "RaBitQ: Quantizing High-Dimensional
Vectors with a Theoretical Error Bound for Approximate Nearest Neighbor Search", 2024), 28 times
smaller than float32 vectors at 1,024 dimensions. A search scans all codes and rescores the best by
the record's vectors, so that every cosine it returns is exact. From two million texts on, the codes
are in lists around centres, of which a search scans some (IVF). How many codes to rescore and how
many lists to scan is measured on a sample when the index is built.

A segment never changes: an update adds a segment of the new texts and marks texts of the others as
deleted. Its cost grows with the changes only, but for a segment that is rebuilt now and then.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.store.derived.faiss.faiss import FaissIndex, Scores
from semsearch.store.derived.faiss.segment import Segment
from semsearch.store.disk.ids import Ids, ascending, no_ids
from semsearch.store.policy import DEFAULT_POLICY, AnnPolicy

if TYPE_CHECKING:
    from semsearch.store.protocol import VectorsOf

_Item = TypeVar("_Item")

_WORN: Final = 0.25  # share of deleted texts; a segment with more is rebuilt without them
_CANDIDATES: Final = 2  # codes that are rescored for each text wanted
_TRIED: Final = (200, 400, 1_000, 2_000, 4_000)  # least codes to rescore: the first that reaches
_ENOUGH: Final = 0.99  # this recall is taken
_SAMPLE: Final = 1_000  # rows, whose mean is near that of all
_TRAINED_FROM: Final = 32  # texts for each list: 270 MB at 1,024 dimensions
_UNMEASURED: Final = 1_000  # least codes to rescore where recall was not measured
_TRAINED: Final = 10_000  # rows that codes without lists are trained on
_BLOCK: Final = 2_500  # vectors in memory at once, and as many more that are being read
_ASKED: Final = 64  # rows of the sample that recall is measured on
_NEAREST: Final = 10  # recall@10


class AnnIndex:
    """Text ids with their vectors or codes, searched by cosine (rows are unit vectors).

    Implements ``VectorIndex``.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        fewest: int = _UNMEASURED,
        policy: AnnPolicy = DEFAULT_POLICY.ann,
    ) -> None:
        """``fewest`` is the least number of codes that a search rescores by their vectors."""
        self.segments = segments
        self.fewest = fewest
        self.recall: float | None = None  # recall@10 with ``fewest``, where it was measured
        self._policy = policy

    @classmethod
    def build(
        cls,
        texts: Ids,
        vectors_of: "VectorsOf",
        dimension: int,
        policy: AnnPolicy = DEFAULT_POLICY.ann,
    ) -> "AnnIndex":
        """Index those of ``texts`` (n,) for which ``vectors_of`` returns a row (dimension,).

        Another thread calls ``vectors_of`` while this one adds the rows it returned before.
        """
        if len(texts) < policy.exact_below:
            index = FaissIndex.of_vectors(dimension)
            _add(index, texts, vectors_of)
            return cls([Segment(index)], policy=policy)
        lists = policy.lists if len(texts) >= policy.lists_from else 0
        sample = _spread(texts, max(_TRAINED, _TRAINED_FROM * lists))
        learned = FaissIndex.of_codes(_gathered(sample, vectors_of, dimension), lists)
        truth = _Truth(*vectors_of(_spread(texts, _ASKED)))
        segments = []
        for part in np.array_split(texts, 1 if lists else -(-len(texts) // policy.segment)):
            index = learned.emptied()
            _add(index, part, vectors_of, truth)
            segments.append(Segment(index))
        built = cls(segments, policy=policy)
        for scanned, fewest in product(policy.lists_scanned if lists else (0,), _TRIED):
            if lists:
                segments[0].index.scan(scanned)
            built.fewest = fewest
            built.recall = truth.share_found(built)
            if built.recall >= _ENOUGH:
                break
        return built

    def updated(self, removed: Ids, added: Ids, vectors_of: "VectorsOf") -> "AnnIndex | None":
        """A new index without the texts ``removed`` and with those ``added``.

        None where a rebuild is better: the index would be of another kind, or its size has passed a
        power of two, so that the mean and centres of its first vectors may not fit any more.
        """
        policy = self._policy
        count = len(self) - len(removed) + len(added)
        if count.bit_length() != len(self).bit_length():
            return None
        if self.is_exact != (count < policy.exact_below):
            return None
        if not self.is_exact and self._has_lists != (count >= policy.lists_from):
            return None
        segments = [segment.without(removed) for segment in self.segments]
        segments = [segment for segment in segments if len(segment)]
        newest = self._merged_small(segments, vectors_of)
        _rebuild_worn(segments)
        _add(newest, added, vectors_of)
        if len(newest) or not segments:
            segments.append(Segment(newest))
        return AnnIndex(segments, self.fewest, policy)

    def _merged_small(self, segments: list[Segment], vectors_of: "VectorsOf") -> FaissIndex:
        """Merge the small ones of ``segments``, which are taken out of the list, into an index."""
        limit = self._policy.small_segment
        small = sorted((one for one in segments if len(one) < limit or self.is_exact), key=len)
        segments[:] = [one for one in segments if one not in small]
        if not small and self.is_exact:
            return FaissIndex.of_vectors(self.dimension)
        if not small:
            _, sample = vectors_of(_spread(self.ids, _SAMPLE))
            return FaissIndex.of_codes(sample)
        merged = small.pop().compacted()
        for one in small:
            _add(merged, one.ids, vectors_of)
        return merged

    @cached_property
    def ids(self) -> Ids:
        """Its text ids, ascending."""
        if not self.segments:
            return no_ids()
        found = np.concatenate([segment.ids for segment in self.segments])
        found.sort(kind="stable")  # fast where they ascend already
        return found

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    @property
    def is_exact(self) -> bool:
        """Whether the index holds the vectors themselves."""
        return self.segments[0].index.is_exact

    @property
    def _has_lists(self) -> bool:
        return any(segment.index.lists for segment in self.segments)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self.segments[0].index.dimension

    def nearest(
        self,
        vector: Vectors,
        count: int,
        vectors_of: "VectorsOf",
        allowed: Ids | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts as (text id, cosine), best first.

        ``vector`` is a unit row (dimension,). Only texts in ``allowed``, ascending, count where it
        is given. ``vectors_of`` reads the vectors that codes are rescored by; with ``exact`` it
        reads the vector of every text, and no code is scanned.
        """
        if self.is_exact:
            return _paired(*self.segments[0].index.search(vector, count, among=allowed))
        if allowed is not None and (exact or len(allowed) <= self._policy.direct):
            texts = np.asarray(allowed, dtype=np.int64)
        elif exact:
            texts = self.ids
        else:
            texts = self.candidates(vector, count, allowed)
        return _nearest(vector, count, vectors_of, texts)

    def candidates(self, vector: Vectors, count: int, allowed: Ids | None = None) -> Ids:
        """The texts that are nearest by their codes, ascending, to find the ``count`` nearest.

        A segment with no more allowed texts than are to be rescored contributes all of them,
        unscanned.
        """
        count = max(_CANDIDATES * count, self.fewest)
        few = [no_ids()]
        scans: list[tuple[Segment, Ids | None]] = []
        for segment in self.segments:
            among = None if allowed is None else segment.allowed(allowed)
            if among is not None and len(among) <= count:
                few.append(among)
            else:
                scans.append((segment, among))

        def scanned(scan: tuple[Segment, Ids | None]) -> tuple[Scores, Ids]:
            segment, among = scan
            return segment.best(vector, count, among)

        found = list((self._threads.map if len(scans) > 1 else map)(scanned, scans))
        ids = np.concatenate([no_ids(), *(ids for _, ids in found)])
        if len(found) > 1 and len(ids) > count:
            scores = np.concatenate([scores for scores, _ in found])
            ids = ids[np.argpartition(-scores, count - 1)[:count]]
        # A text that was deleted and added again is within the range of two segments.
        return ascending(np.concatenate([*few, ids]))

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """Threads that scan segments in parallel; faiss releases the GIL."""
        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="scan")


def _rebuild_worn(segments: list[Segment]) -> None:
    """Compact the segment with the largest share of deleted texts, if that share is large."""
    if not segments:
        return
    worn = max(segments, key=lambda one: len(one.gone) / len(one.index))
    if len(worn.gone) > _WORN * len(worn.index):
        segments[segments.index(worn)] = Segment(worn.compacted())


def _spread(texts: Ids, count: int) -> Ids:
    """At most ``count`` of the texts, evenly spaced."""
    return texts[:: max(1, -(-len(texts) // count))]


def _gathered(texts: Ids, vectors_of: "VectorsOf", dimension: int) -> Vectors:
    """The vectors of some texts, read in blocks: a reader holds each vector several times."""
    gathered: Vectors = np.empty((len(texts), dimension), dtype=np.float32)
    count = 0
    for ids, rows in _blocks(texts, vectors_of):
        gathered[count : count + len(ids)] = rows
        count += len(ids)
    return gathered[:count]


def _add(
    index: FaissIndex, texts: Ids, vectors_of: "VectorsOf", truth: "_Truth | None" = None
) -> None:
    for ids, rows in _read_ahead(_blocks(texts, vectors_of)):
        index.add(ids, rows)
        if truth is not None:
            truth.add(ids, rows)


def _read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield the items, each made by another thread while the caller works on the one before."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item


def _paired(scores: Scores, ids: Ids) -> list[tuple[int, float]]:
    """(text id, score) pairs, in order."""
    return list(zip(ids.tolist(), scores.tolist(), strict=True))


class _Truth:
    """The exact nearest neighbours of some rows, collected while all rows are added."""

    def __init__(self, ids: Ids, rows: Vectors) -> None:
        self._ids = ids
        self._rows = rows
        self._texts = np.full((len(ids), _NEAREST + 1), -1, dtype=np.int64)
        self._cosines = np.full((len(ids), _NEAREST + 1), -np.inf, dtype=np.float32)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        if not len(self._ids):
            return
        cosines = np.hstack([self._cosines, self._rows @ vectors.T])
        texts = np.hstack([self._texts, np.broadcast_to(ids, (len(self._ids), len(ids)))])
        best = np.argpartition(-cosines, _NEAREST, axis=1)[:, : _NEAREST + 1]
        self._cosines = np.take_along_axis(cosines, best, axis=1)
        self._texts = np.take_along_axis(texts, best, axis=1)

    def share_found(self, index: AnnIndex) -> float:
        """Recall@10 of an index on these rows, each row's own text left out.

        Reads no vector: of the candidates that a search rescores exactly, those that are among the
        nearest of all are the best, so that the search returns them.
        """
        shares = []
        for own, row, texts in zip(self._ids.tolist(), self._rows, self._texts, strict=True):
            nearest = set(texts.tolist()) - {own}
            found = nearest.intersection(index.candidates(row, _NEAREST + 1).tolist())
            shares.append(len(found) / len(nearest))
        return float(np.mean(shares))


def _nearest(
    vector: Vectors, count: int, vectors_of: "VectorsOf", texts: Ids
) -> list[tuple[int, float]]:
    """The ``count`` nearest of ``texts`` as (text id, cosine), best first, by their vectors."""
    best: list[tuple[int, float]] = []
    for ids, vectors in _blocks(texts, vectors_of):
        cosines = (vectors @ vector).astype(np.float64)
        best += zip(ids.tolist(), cosines.tolist(), strict=True)
        best.sort(key=lambda found: -found[1])
        del best[count:]
    return best


def _blocks(texts: Ids, vectors_of: "VectorsOf") -> Iterator[tuple[Ids, Vectors]]:
    for start in range(0, len(texts), _BLOCK):
        ids, vectors = vectors_of(texts[start : start + _BLOCK])
        if len(ids):
            yield ids, vectors

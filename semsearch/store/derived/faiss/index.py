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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.store.derived.faiss.build import AnnBuild, add, blocks, spread
from semsearch.store.derived.faiss.segment import Segment
from semsearch.store.disk.ids import Ids, ascending, no_ids
from semsearch.store.policy import DEFAULT_POLICY, AnnPolicy
from semsearch.store.text_sets import first_in

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.faiss import FaissIndex, Scores
    from semsearch.store.derived.faiss.flat_file import FlatFile
    from semsearch.store.protocol import TextSet, VectorsOf

_WORN: Final = 0.25  # share of deleted texts; a segment with more is rebuilt without them
_MARGIN: Final = 2  # factor on the number of codes expected to yield enough allowed texts
_CANDIDATES: Final = 2  # codes that are rescored for each text wanted
_SAMPLE: Final = 1_000  # rows, whose mean is near that of all
_UNMEASURED: Final = 1_000  # least codes to rescore where recall was not measured


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
        build = AnnBuild(texts, vectors_of, dimension, policy)
        built = cls(list(build.segments()), policy=policy)
        if build.recall is not None:
            built.recall, built.fewest = build.recall, build.fewest
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
        add(newest, added, vectors_of)
        if len(newest) or not segments:
            segments.append(Segment(newest))
        return AnnIndex(segments, self.fewest, policy)

    def _merged_small(
        self, segments: list[Segment], vectors_of: "VectorsOf"
    ) -> "FaissIndex | FlatFile":
        """Merge the small ones of ``segments``, which are taken out of the list, into an index."""
        limit = self._policy.small_segment
        small = sorted((one for one in segments if len(one) < limit or self.is_exact), key=len)
        segments[:] = [one for one in segments if one not in small]
        if not small and self.is_exact:
            return self.segments[0].index.emptied()
        if not small:
            from semsearch.store.derived.faiss.faiss import FaissIndex  # here: see ``flat_file``

            _, sample = vectors_of(spread(self.ids, _SAMPLE))
            return FaissIndex.of_codes(sample)
        merged = small.pop().compacted()
        for one in small:
            add(merged, one.ids, vectors_of)
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

    @property
    def is_elsewhere(self) -> bool:
        """FAISS searches in this process."""
        return False

    def nearest(
        self,
        vector: Vectors,
        count: int,
        vectors_of: "VectorsOf",
        allowed: "TextSet | None" = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts as (text id, cosine), best first.

        ``vector`` is a unit row (dimension,). Only texts in ``allowed`` count where it is given.
        ``vectors_of`` reads the vectors that codes are rescored by; with ``exact`` it reads the
        vector of every text, and no code is scanned.
        """
        if self.is_exact:
            among = None if allowed is None else allowed.ids
            return _paired(*self.segments[0].index.search(vector, count, among=among))
        scanned = max(_CANDIDATES * count, self.fewest)
        if allowed is not None and (exact or len(allowed) <= self._policy.direct):
            texts = allowed.ids
        elif exact:
            texts = self.ids
        elif allowed is not None:
            texts = ascending(self._allowed_candidates(vector, scanned, allowed))
        else:
            texts = ascending(self._candidates(vector, scanned)[0])
        return _nearest(vector, count, vectors_of, texts)

    def _allowed_candidates(self, vector: Vectors, count: int, allowed: "TextSet") -> Ids:
        """At least ``count`` allowed texts that are nearest by their codes, in any order.

        More are taken of all until enough are allowed: ``has`` need not list the many that are.
        """
        taken = max(count, count * len(self) // len(allowed))
        while (taken := taken * _MARGIN) <= self._policy.direct:
            ids, scores = self._candidates(vector, taken, every_list=True)
            best_first = ids[np.argsort(-scores)]
            if len(found := first_in(best_first, allowed, count)) >= count:
                return best_first[found]
        return self._candidates(vector, count, allowed.ids)[0]

    def _candidates(
        self, vector: Vectors, count: int, allowed: Ids | None = None, *, every_list: bool = False
    ) -> "tuple[Ids, Scores]":
        """At least ``count`` texts that are nearest by their codes, in any order, and their scores.

        A segment with at most ``count`` allowed texts contributes all of them, unscanned: then
        there are no scores of them. A text that was deleted and added again may be in two segments.
        """
        few = [no_ids()]
        scans: list[tuple[Segment, Ids | None]] = []
        for segment in self.segments:
            among = None if allowed is None else segment.allowed(allowed)
            if among is not None and len(among) <= count:
                few.append(among)
            else:
                scans.append((segment, among))

        def scanned(scan: tuple[Segment, Ids | None]) -> "tuple[Scores, Ids]":
            segment, among = scan
            return segment.best(vector, count, among, every_list=every_list)

        found = list((self._threads.map if len(scans) > 1 else map)(scanned, scans))
        ids = np.concatenate([no_ids(), *(ids for _, ids in found)])
        scores = np.concatenate([np.empty(0, dtype=np.float32), *(scores for scores, _ in found)])
        if len(found) > 1 and len(ids) > count:
            best = np.argpartition(-scores, count - 1)[:count]
            ids, scores = ids[best], scores[best]
        return np.concatenate([*few, ids]), scores

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


def _paired(scores: "Scores", ids: Ids) -> list[tuple[int, float]]:
    """(text id, score) pairs, in order."""
    return list(zip(ids.tolist(), scores.tolist(), strict=True))


def _nearest(
    vector: Vectors, count: int, vectors_of: "VectorsOf", texts: Ids
) -> list[tuple[int, float]]:
    """The ``count`` nearest of ``texts`` as (text id, cosine), best first, by their vectors."""
    best: list[tuple[int, float]] = []
    for ids, vectors in blocks(texts, vectors_of):
        cosines = (vectors @ vector).astype(np.float64)
        best += zip(ids.tolist(), cosines.tolist(), strict=True)
        best.sort(key=lambda found: -found[1])
        del best[count:]
    return best

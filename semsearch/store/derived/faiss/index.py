"""The ANN index over the vectors of one generation, in segments that are searched at once.

A small one holds the vectors, and every search compares the question with all of them. A larger one
holds a code of one bit a number (RaBitQ: Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors
with a Theoretical Error Bound for Approximate Nearest Neighbor Search", 2024), 28 times smaller
than the vectors at 1,024 numbers. All codes are scanned, and the best are compared anew by the
vectors of the record, so that every cosine it gives is exact. How many that must be is tried when
the codes are made. From two million on the codes stand in lists of what is near a centre, of which
only some are scanned (IVF); how many, is tried, too.

A segment never changes: an update makes one of what has come, and notes of the others what of them
has gone. So it costs what has changed, and now and then the making of one more segment.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Final, TypeVar

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.store.derived.faiss.faiss import FaissIndex, Scores
from semsearch.store.derived.faiss.manifest import SegmentFile
from semsearch.store.disk.ids import NO_IDS, Ids, ascending, is_among

_Item = TypeVar("_Item")
VectorsOf = Callable[[Ids], tuple[Ids, Vectors]]  # text ids → those found, and their unit rows

EXACT_BELOW: Final = 10_000  # texts; of 10,000 a tenth is compared by its vectors anyway
LISTS_FROM: Final = 2_000_000  # texts

_SEGMENT: Final = 250_000  # texts: a scan of 2.5 ms at 1,024 numbers, for each thread
_LATE: Final = 30_000  # texts; one that is smaller is made anew with what comes
_WORN: Final = 0.25  # of its texts; one that has lost more is made anew without them
_CANDIDATES: Final = 2  # codes whose vectors are read, for each text that is wanted,
_TRIED: Final = (200, 400, 1_000, 2_000, 4_000)  # and the fewest: the first with which
_ENOUGH: Final = 0.99  # of the ten nearest are found
_SAMPLE: Final = 1_000  # rows, whose mean is near that of all
_LISTS: Final = 2_048  # a text must be compared with so many centres when it is added
_SCANNED: Final = (64, 128, 256, 512, 1_024, _LISTS)  # lists; the fewest with which enough is found
_LEARNED_FROM: Final = 32  # texts a list: 270 MB of 1,024 numbers
_SURE: Final = 1_000  # where nobody has tried
_DIRECT: Final = 10_000  # texts whose vectors are read rather than their codes scanned
_BLOCK: Final = 10_000  # vectors that are in memory at once, and as many more while they are read
_ASKED: Final = 64  # rows whose nearest are looked for, to see what the codes miss
_NEAREST: Final = 10
_MARGIN: Final = 2  # times the codes that a filter lets expect are enough


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A part of the texts; those that are ``gone`` (ids, ascending) do not count any more.

    ``file`` is where it is kept; None as long as it is nowhere.
    """

    index: FaissIndex
    gone: Ids = field(default_factory=lambda: NO_IDS)
    file: SegmentFile | None = None

    def __len__(self) -> int:
        return len(self.index) - len(self.gone)

    @property
    def ids(self) -> Ids:
        """The texts that count, ascending."""
        return self.index.ids[~is_among(self.index.ids, self.gone)]

    def without(self, removed: Ids) -> "Segment":
        """The same, when some texts have gone, of which it may have had none."""
        new = removed[is_among(removed, self.index.ids) & ~is_among(removed, self.gone)]
        return replace(self, gone=ascending(np.concatenate([self.gone, new]))) if len(new) else self

    def anew(self) -> FaissIndex:
        """An index of the texts that count, for more to be added."""
        index = self.index.copied()
        index.remove(self.gone)
        return index

    def allowed(self, among: Ids) -> Ids:
        """Those of ``among``, which ascends, that may be its own: nobody else has many of them."""
        ids = self.index.ids
        low, high = np.searchsorted(among, [ids[0], ids[-1] + 1])
        return among[low:high]

    def best(self, vector: Vectors, count: int, among: Ids | None) -> tuple[Scores, Ids]:
        """The ``count`` best by their codes: scores and ids.

        Codes are scanned without a filter: as many are taken, of all lists, as it takes to have
        enough that count.
        """
        every = len(self.index)
        taken = count + min(count, len(self.gone))
        if among is not None:
            taken = _MARGIN * taken * every // len(among)
        while True:
            taken = min(taken, every)
            scores, ids = self.index.search(vector, taken, every_list=among is not None)
            counts = ~is_among(ids, self.gone)
            if among is not None:
                counts &= is_among(ids, among)
            if counts.sum() >= count or len(ids) < taken or taken == every:
                return scores[counts][:count], ids[counts][:count]
            taken *= _MARGIN


class AnnIndex:
    """Text ids and their vectors or codes, searched by the cosine (rows are unit)."""

    def __init__(self, segments: Sequence[Segment], fewest: int = _SURE) -> None:
        """``fewest`` is of how many codes at least the vectors are read."""
        self.segments = segments
        self.fewest = fewest
        self.recall: float | None = None  # of the ten nearest, the share that is found with these

    @classmethod
    def build(cls, texts: Ids, vectors_of: VectorsOf, dimension: int) -> "AnnIndex":
        """Index those of ``texts`` (n,) that ``vectors_of`` gives a row (dimension,) for.

        That is called by another thread, while this one adds what it gave before.
        """
        if len(texts) < EXACT_BELOW:
            index = FaissIndex.of_vectors(dimension)
            _add(index, texts, vectors_of)
            return cls([Segment(index)])
        lists = _LISTS if len(texts) >= LISTS_FROM else 0
        _, sample = vectors_of(_spread(texts, max(_BLOCK, _LEARNED_FROM * lists)))
        learned = FaissIndex.of_codes(sample, lists)
        truth = _Truth(*vectors_of(_spread(texts, _ASKED)))
        segments = []
        for part in np.array_split(texts, 1 if lists else -(-len(texts) // _SEGMENT)):
            index = learned.emptied()
            _add(index, part, vectors_of, truth)
            segments.append(Segment(index))
        built = cls(segments)
        for scanned, fewest in product(_SCANNED if lists else (0,), _TRIED):
            if lists:
                segments[0].index.scan(scanned)
            built.fewest = fewest
            built.recall = truth.share_found(built, vectors_of)
            if built.recall >= _ENOUGH:
                break
        return built

    def updated(self, removed: Ids, added: Ids, vectors_of: VectorsOf) -> "AnnIndex | None":
        """The same without the texts ``removed`` and with those ``added``; this one stays.

        None where it is better built anew: it would be of the other kind, or has grown or shrunk
        past a power of two, by which time what was learned of its first vectors may not hold.
        """
        count = len(self) - len(removed) + len(added)
        if count.bit_length() != len(self).bit_length() or self.is_exact != (count < EXACT_BELOW):
            return None
        if not self.is_exact and self._has_lists != (count >= LISTS_FROM):
            return None
        segments = [segment.without(removed) for segment in self.segments]
        segments = [segment for segment in segments if len(segment)]
        late = self._late(segments, vectors_of)
        _renew_worn(segments)
        _add(late, added, vectors_of)
        if len(late) or not segments:
            segments.append(Segment(late))
        return AnnIndex(segments, self.fewest)

    def _late(self, segments: list[Segment], vectors_of: VectorsOf) -> FaissIndex:
        """What is to take the texts that come: the smaller ones of ``segments``, which leave it."""
        small = sorted((one for one in segments if len(one) < _LATE or self.is_exact), key=len)
        segments[:] = [one for one in segments if one not in small]
        if not small and self.is_exact:
            return FaissIndex.of_vectors(self.dimension)
        if not small:
            _, sample = vectors_of(_spread(self.ids, _SAMPLE))
            return FaissIndex.of_codes(sample)
        late = small.pop().anew()
        for one in small:
            _add(late, one.ids, vectors_of)
        return late

    @cached_property
    def ids(self) -> Ids:
        """Its text ids, ascending."""
        if not self.segments:
            return NO_IDS
        found = np.concatenate([segment.ids for segment in self.segments])
        found.sort(kind="stable")  # most ascend already
        return found

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    @property
    def is_exact(self) -> bool:
        """Whether it holds the vectors themselves."""
        return self.segments[0].index.is_exact

    @property
    def _has_lists(self) -> bool:
        return any(segment.index.lists for segment in self.segments)

    @property
    def dimension(self) -> int:
        """Numbers in each vector."""
        return self.segments[0].index.dimension

    def nearest(
        self,
        vector: Vectors,
        count: int,
        vectors_of: VectorsOf,
        allowed: Ids | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest (text id, cosine), best first, among ``allowed`` where it is given.

        ``vector`` is one unit row, shape (dimension,); ``vectors_of`` is how the index was built;
        ``allowed`` ascends.
        With ``exact`` it is asked for each vector, and no code is believed.
        """
        if self.is_exact:
            return _paired(*self.segments[0].index.search(vector, count, among=allowed))
        if allowed is not None and (exact or len(allowed) <= _DIRECT):
            texts = np.asarray(allowed, dtype=np.int64)
        elif exact:
            texts = self.ids
        else:
            texts = self._candidates(vector, max(_CANDIDATES * count, self.fewest), allowed)
        return _nearest(vector, count, vectors_of, texts)

    def _candidates(self, vector: Vectors, count: int, allowed: Ids | None) -> Ids:
        """The ``count`` texts that are the nearest by their codes, in any order, or some more.

        Of a segment that has hardly any of the texts that are allowed it is all of those.
        """
        few = [NO_IDS]
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
        ids = np.concatenate([NO_IDS, *(ids for _, ids in found)])
        if len(found) > 1 and len(ids) > count:
            scores = np.concatenate([scores for scores, _ in found])
            ids = ids[np.argpartition(-scores, count - 1)[:count]]
        return np.concatenate([*few, ids])

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """Where segments are scanned at once: faiss lets go of Python meanwhile."""
        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="scan")


def _renew_worn(segments: list[Segment]) -> None:
    """Make the one anew that has lost the largest share of its texts, if it is a large one."""
    if not segments:
        return
    worn = max(segments, key=lambda one: len(one.gone) / len(one.index))
    if len(worn.gone) > _WORN * len(worn.index):
        segments[segments.index(worn)] = Segment(worn.anew())


def _spread(texts: Ids, count: int) -> Ids:
    """At most so many of the texts, at equal distances."""
    return texts[:: max(1, -(-len(texts) // count))]


def _add(
    index: FaissIndex, texts: Ids, vectors_of: VectorsOf, truth: "_Truth | None" = None
) -> None:
    for ids, rows in _read_ahead(_blocks(texts, vectors_of)):
        index.add(ids, rows)
        if truth is not None:
            truth.look_at(ids, rows)


def _read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The same, each made by another thread while the one before it is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item


def _paired(scores: Scores, ids: Ids) -> list[tuple[int, float]]:
    """(text id, score) in their order."""
    return list(zip(ids.tolist(), scores.tolist(), strict=True))


class _Truth:
    """The nearest to some of the rows by exact comparison, found while all rows pass by."""

    def __init__(self, ids: Ids, rows: Vectors) -> None:
        self._ids = ids
        self._rows = rows
        self._texts = np.full((len(ids), _NEAREST + 1), -1, dtype=np.int64)
        self._cosines = np.full((len(ids), _NEAREST + 1), -np.inf, dtype=np.float32)

    def look_at(self, ids: Ids, vectors: Vectors) -> None:
        if not len(self._ids):
            return
        cosines = np.hstack([self._cosines, self._rows @ vectors.T])
        texts = np.hstack([self._texts, np.broadcast_to(ids, (len(self._ids), len(ids)))])
        best = np.argpartition(-cosines, _NEAREST, axis=1)[:, : _NEAREST + 1]
        self._cosines = np.take_along_axis(cosines, best, axis=1)
        self._texts = np.take_along_axis(texts, best, axis=1)

    def share_found(self, index: AnnIndex, vectors_of: VectorsOf) -> float:
        """Recall@10, each row's own text left out."""
        shares = []
        for own, row, texts in zip(self._ids.tolist(), self._rows, self._texts, strict=True):
            nearest = set(texts.tolist()) - {own}
            found = {text for text, _ in index.nearest(row, _NEAREST + 1, vectors_of)}
            shares.append(len(nearest & found) / len(nearest))
        return float(np.mean(shares))


def _nearest(
    vector: Vectors, count: int, vectors_of: VectorsOf, texts: Ids
) -> list[tuple[int, float]]:
    """The ``count`` nearest of ``texts`` (text id, cosine), best first, by their own vectors."""
    best: list[tuple[int, float]] = []
    for ids, vectors in _blocks(texts, vectors_of):
        cosines = (vectors @ vector).astype(np.float64)
        best += zip(ids.tolist(), cosines.tolist(), strict=True)
        best.sort(key=lambda found: -found[1])
        del best[count:]
    return best


def _blocks(texts: Ids, vectors_of: VectorsOf) -> Iterator[tuple[Ids, Vectors]]:
    for start in range(0, len(texts), _BLOCK):
        ids, vectors = vectors_of(texts[start : start + _BLOCK])
        if len(ids):
            yield ids, vectors

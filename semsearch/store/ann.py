"""The ANN index over the vectors of one generation, and the only door to faiss.

A small one holds the vectors, and every search compares the question with all of them. A larger one
holds a code of one bit a number (RaBitQ: Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors
with a Theoretical Error Bound for Approximate Nearest Neighbor Search", 2024), 28 times smaller
than the vectors at 1,024 numbers. All codes are scanned, and the best are compared anew by the
vectors of the record, so that every cosine it gives is exact. How many that must be is tried when
the codes are made. From two million on the codes stand in lists of what is near a centre, of which
only some are scanned (IVF); how many, is tried, too.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import product
from mmap import mmap
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.ids import Ids, is_among

VectorsOf = Callable[[Ids], tuple[Ids, Vectors]]  # text ids → those found, and their unit rows

EXACT_BELOW: Final = 10_000  # texts; of 10,000 a tenth is compared by its vectors anyway
LISTS_FROM: Final = 2_000_000  # texts

_KINDS: Final = (b"IxMp", b"IxPT")  # how faiss marks what has an id map, and what rotates first
_CANDIDATES: Final = 2  # codes whose vectors are read, for each text that is wanted,
_TRIED: Final = (200, 400, 1_000, 2_000, 4_000)  # and the fewest: the first with which
_ENOUGH: Final = 0.99  # of the ten nearest are found
_LISTS: Final = 2_048  # a text must be compared with so many centres when it is added
_SCANNED: Final = (64, 128, 256, 512, 1_024, _LISTS)  # lists; the fewest with which enough is found
_LEARNED_FROM: Final = 32  # texts a list: 270 MB of 1,024 numbers
_LEARNING_ROUNDS: Final = 8
_SURE: Final = 1_000  # where nobody has tried
_DIRECT: Final = 10_000  # texts whose vectors are read rather than their codes scanned
_BLOCK: Final = 10_000  # vectors that are in memory at once
_ASKED: Final = 64  # rows whose nearest are looked for, to see what the codes miss
_NEAREST: Final = 10
_MARGIN: Final = 2  # times the codes that a filter lets expect are enough
_SEED: Final = 1  # of the rotation that spreads what a vector says over all of its numbers
_NONE: Final[Ids] = np.empty(0, dtype=np.int64)
_ROUNDS: Final = 30  # of k-means, by which its centres hardly move


class AnnIndex:
    """Text ids and their vectors or codes, searched by the cosine (rows are unit)."""

    def __init__(self, index: Any, content: npt.NDArray[np.uint8] | None = None) -> None:
        """``content`` is what the index is a view of, and has to stay for it."""
        self._index = index
        self._content = content
        inner: Any = faiss.downcast_index(index.index)
        self.is_exact = isinstance(inner, faiss.IndexFlat)
        self._lists = inner if isinstance(inner, faiss.IndexIVF) else None  # which know their ids
        self.fewest = _SURE  # codes whose vectors are read
        self.recall: float | None = None  # of the ten nearest, the share that is found with these

    @classmethod
    def build(
        cls,
        texts: Ids,
        vectors_of: VectorsOf,
        dimension: int,
        *,
        exact_below: int = EXACT_BELOW,
        lists_from: int = LISTS_FROM,
    ) -> "AnnIndex":
        """Index those of ``texts`` (n,) that ``vectors_of`` gives a row (dimension,) for."""
        if len(texts) < exact_below:
            built = cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)))
            built._add(texts, vectors_of)
            return built
        lists = _LISTS if len(texts) >= lists_from else 0
        _, sample = vectors_of(texts[:: -(-len(texts) // max(_BLOCK, _LEARNED_FROM * lists))])
        built = cls(_trained(sample, lists))
        truth = _Truth(*vectors_of(texts[:: -(-len(texts) // _ASKED)]))
        built._add(texts, vectors_of, truth)
        for scanned, fewest in product(_SCANNED if lists else (0,), _TRIED):
            if built._lists is not None:
                built._lists.nprobe = scanned
            built.fewest = fewest
            built.recall = truth.share_found(built, vectors_of)
            if built.recall >= _ENOUGH:
                break
        return built

    def _add(self, texts: Ids, vectors_of: VectorsOf, truth: "_Truth | None" = None) -> None:
        for ids, vectors in _blocks(texts, vectors_of):
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))
            if truth is not None:
                truth.look_at(ids, vectors)

    @classmethod
    def load(cls, content: bytes | mmap) -> "AnnIndex":
        """Open what ``dump`` gave, without a copy of it; the caller has checked its digest.

        Raises ``IndexDamaged`` for bytes that are no such index.
        """
        if not any(content[: len(kind)] == kind for kind in _KINDS):
            raise IndexDamaged("the ANN file is of no kind that semsearch writes")
        array = np.frombuffer(content, dtype=np.uint8)
        _limit_memory(len(array))
        try:
            reader = faiss.ZeroCopyIOReader(  # type: ignore[attr-defined]  # its stubs lack it
                faiss.swig_ptr(array), array.size
            )
            return cls(faiss.read_index(reader), array)
        except RuntimeError as error:
            raise IndexDamaged("the ANN file cannot be read by faiss") from error

    def dump(self) -> memoryview:
        """The index as bytes, for ``load``."""
        content: npt.NDArray[np.uint8] = faiss.serialize_index(self._index)
        return content.data

    def updated(
        self,
        removed: Ids,
        added: Ids,
        vectors_of: VectorsOf,
        *,
        exact_below: int = EXACT_BELOW,
        lists_from: int = LISTS_FROM,
    ) -> "AnnIndex | None":
        """The same without the texts ``removed`` and with those ``added``; this one stays.

        None where it is better built anew: it would be of the other kind, or has grown or shrunk
        past a power of two, by which time what was learned of its first vectors may not hold.
        """
        count = len(self) - len(removed) + len(added)
        if count.bit_length() != len(self).bit_length() or self.is_exact != (count < exact_below):
            return None
        if not self.is_exact and (self._lists is not None) != (count >= lists_from):
            return None
        # A copy: what is a view of a file can neither be changed nor be cloned.
        content = faiss.serialize_index(self._index) if self._content is None else self._content
        _limit_memory(len(content))
        index = faiss.deserialize_index(content)
        if len(removed):
            index.remove_ids(faiss.IDSelectorBatch(removed))
        changed = AnnIndex(index)
        changed.fewest = self.fewest
        changed._add(added, vectors_of)
        return changed

    @cached_property
    def ids(self) -> Ids:
        """Its text ids, ascending."""
        if self._lists is None:
            found: Ids = faiss.vector_to_array(self._index.id_map)
        else:
            every = range(self._lists.nlist)
            found = np.concatenate([_ids_in(self._lists.invlists, one) for one in every])
        found.sort()
        return found

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Numbers in each vector."""
        return int(self._index.d)

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
            return self._found(vector, count, allowed)
        if allowed is not None and (exact or len(allowed) <= _DIRECT):
            texts = np.asarray(allowed, dtype=np.int64)
        elif exact:
            texts = self.ids
        else:
            found = self._found(vector, max(_CANDIDATES * count, self.fewest), allowed)
            texts = np.array([text for text, _ in found], dtype=np.int64)
        return _nearest(vector, count, vectors_of, texts)

    def _all_lists(self) -> Any:
        """Parameters of a search that leaves no list out; None where there are no lists."""
        if self._lists is None:
            return None
        # By name, which its stubs lack: so the one keeps the other.
        every = faiss.SearchParametersIVF(nprobe=self._lists.nlist)  # type: ignore[call-arg]
        return faiss.SearchParametersPreTransform(index_params=every)  # type: ignore[call-arg]

    def _found(self, vector: Vectors, count: int, allowed: Ids | None) -> list[tuple[int, float]]:
        """What faiss finds: (text id, cosine, or what its code lets expect)."""
        count = min(count, len(self) if allowed is None else len(allowed))
        if count == 0:
            return []
        if allowed is None:
            return _paired(*self._index.search(vector.reshape(1, -1), count))
        among = np.asarray(allowed, dtype=np.int64)
        if self.is_exact:
            parameters = faiss.SearchParameters()
            selector = faiss.IDSelectorBatch(among)
            parameters.sel = selector
            return _paired(*self._index.search(vector.reshape(1, -1), count, params=parameters))
        # Codes are scanned without a selector: as many are taken, of all lists, as it takes to have
        # enough.
        taken = count * len(self) // len(among)
        while True:
            taken = min(_MARGIN * taken, len(self))
            scores, ids = self._index.search(vector.reshape(1, -1), taken, params=self._all_lists())
            kept = is_among(ids, among)
            if kept.sum() >= count or taken == len(self):
                return _paired(scores[kept], ids[kept])[:count]


def _ids_in(lists: Any, number: int) -> Ids:
    """The ids of one list."""
    size = lists.list_size(number)
    found: Ids = faiss.rev_swig_ptr(lists.get_ids(number), size).copy() if size else _NONE
    return found


def _limit_memory(size: int) -> None:
    """A damaged length field must not ask for more memory than a file of ``size`` can mean."""
    faiss.set_deserialization_vector_byte_limit(2 * size)


def _trained(sample: Vectors, lists: int) -> Any:
    """An index of codes, in so many lists, if any, that has learned from a sample."""
    dimension = sample.shape[1]
    rotation = faiss.RandomRotationMatrix(dimension, dimension)
    rotation.init(_SEED)
    if lists:
        centres = faiss.IndexFlatIP(dimension)
        codes = faiss.IndexIVFRaBitQFastScan(centres, dimension, lists, faiss.METRIC_INNER_PRODUCT)
        codes.cp.niter, codes.cp.min_points_per_centroid = _LEARNING_ROUNDS, 1
        codes.cp.spherical, codes.cp.seed = True, _SEED
        # An id map would be wrong when texts are removed: lists do not move up.
        index: Any = faiss.IndexPreTransform(rotation, codes)
    else:
        plain = faiss.IndexRaBitQFastScan(dimension, faiss.METRIC_INNER_PRODUCT)
        index = faiss.IndexIDMap(faiss.IndexPreTransform(rotation, plain))
    index.train(sample)  # without lists all that is learned is the mean
    return index


def kmeans_centres(rows: Vectors, count: int, tries: int) -> Vectors:
    """Unit centres (count, dimension) of groups of unit rows that are near each other.

    The best of so many tries of spherical k-means, each begun by k-means++; of one seed.
    """
    clustering = faiss.Kmeans(
        rows.shape[1],
        count,
        niter=_ROUNDS,
        nredo=tries,
        spherical=True,
        seed=_SEED,
        min_points_per_centroid=1,
        max_points_per_centroid=len(rows),  # no row is left out
        init_method=faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS,
    )
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # more wait for each other at each of many small steps
    try:
        clustering.train(np.ascontiguousarray(rows))
    finally:
        faiss.omp_set_num_threads(threads)
    assert clustering.centroids is not None  # it was trained
    return clustering.centroids


def _paired(scores: Vectors, ids: Ids) -> list[tuple[int, float]]:
    """(text id, score) in their order; faiss fills up with -1."""
    pairs = zip(ids.ravel().tolist(), scores.ravel().tolist(), strict=True)
    return [(text, score) for text, score in pairs if text >= 0]


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

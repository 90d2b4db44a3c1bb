"""The only door to faiss: vectors or codes of texts, in one of its indexes; and k-means."""

from functools import cached_property
from mmap import mmap
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import NO_IDS, Ids

Scores = npt.NDArray[np.float32]  # (n,)

_KINDS: Final = (b"IxMp", b"IxPT")  # how faiss marks what has an id map, and what rotates first
_LEARNING_ROUNDS: Final = 8  # of k-means, for lists
_SEED: Final = 1  # of the rotation that spreads what a vector says over all of its numbers
_MATRIX: Final = 64 << 20  # bytes of one of 4,096 rows, which faiss takes a rotation for
_ROUNDS: Final = 30  # of k-means, by which its centres hardly move
_NO_SCORES: Final[Scores] = np.empty(0, dtype=np.float32)


class FaissIndex:
    """Rows (unit vectors) under text ids, searched by the inner product.

    It has the vectors themselves, or codes of one bit a number (RaBitQ), which may stand in lists
    of what is near a centre (IVF).
    """

    def __init__(self, index: Any, content: npt.NDArray[np.uint8] | None = None) -> None:
        """``content`` is what the index is a view of, and has to stay for it."""
        self._index = index
        self._content = content
        inner: Any = faiss.downcast_index(index.index)
        self.is_exact = isinstance(inner, faiss.IndexFlat)
        self._lists = inner if isinstance(inner, faiss.IndexIVF) else None  # which know their ids

    @classmethod
    def of_vectors(cls, dimension: int) -> "FaissIndex":
        """One that will hold the vectors."""
        return cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)))

    @classmethod
    def of_codes(cls, sample: Vectors, lists: int = 0) -> "FaissIndex":
        """One that will hold codes, in so many lists, if any, and has learned from a sample."""
        dimension = sample.shape[1]
        # Hadamard's is as good and takes a third of the time; it is one of a power of two.
        is_power = dimension & (dimension - 1) == 0
        rotation: Any = (
            faiss.HadamardRotation(dimension)
            if is_power
            else faiss.RandomRotationMatrix(dimension, dimension)
        )
        rotation.init(_SEED)
        if lists:
            centres = faiss.IndexFlatIP(dimension)
            codes = faiss.IndexIVFRaBitQFastScan(
                centres, dimension, lists, faiss.METRIC_INNER_PRODUCT
            )
            codes.cp.niter, codes.cp.min_points_per_centroid = _LEARNING_ROUNDS, 1
            codes.cp.spherical, codes.cp.seed = True, _SEED
            # An id map would be wrong when texts are removed: lists do not move up.
            index: Any = faiss.IndexPreTransform(rotation, codes)
        else:
            plain = faiss.IndexRaBitQFastScan(dimension, faiss.METRIC_INNER_PRODUCT)
            index = faiss.IndexIDMap(faiss.IndexPreTransform(rotation, plain))
        index.train(sample)  # without lists all that is learned is the mean
        return cls(index)

    @classmethod
    def load(cls, content: bytes | mmap) -> "FaissIndex":
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
        return self._bytes().data

    def _bytes(self) -> npt.NDArray[np.uint8]:
        if self._content is not None:
            return self._content
        content: npt.NDArray[np.uint8] = faiss.serialize_index(self._index)
        return content

    def copied(self) -> "FaissIndex":
        """One in memory, which can be changed: a view of a file cannot, nor be cloned."""
        content = self._bytes()
        _limit_memory(len(content))
        return FaissIndex(faiss.deserialize_index(content))

    def emptied(self) -> "FaissIndex":
        """A copy that has learned the same and holds no row."""
        copy = self.copied()
        copy._index.reset()
        return copy

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Put rows (n, dimension) under ids that it has not."""
        self._index.add_with_ids(np.ascontiguousarray(rows), np.ascontiguousarray(ids))
        self._forget_ids()

    def remove(self, ids: Ids) -> None:
        """Take rows out."""
        if len(ids):
            self._index.remove_ids(faiss.IDSelectorBatch(ids))
        self._forget_ids()

    def _forget_ids(self) -> None:
        self.__dict__.pop("ids", None)

    @cached_property
    def ids(self) -> Ids:
        """Its text ids, ascending."""
        if self._lists is None:
            found: Ids = faiss.vector_to_array(self._index.id_map)
        else:
            every = range(self._lists.nlist)
            found = np.concatenate([_ids_in(self._lists.invlists, one) for one in every])
        found.sort(kind="stable")  # which takes no time where they ascend already
        return found

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Numbers in each vector."""
        return int(self._index.d)

    @property
    def lists(self) -> int:
        """In how many lists its codes stand; 0 without any."""
        return 0 if self._lists is None else int(self._lists.nlist)

    def scan(self, lists: int) -> None:
        """Let a search look into so many of its lists, those whose centres are nearest."""
        assert self._lists is not None  # who says this has asked
        self._lists.nprobe = lists

    def search(
        self,
        vector: Vectors,
        count: int,
        *,
        among: Ids | None = None,
        every_list: bool = False,
    ) -> tuple[Scores, Ids]:
        """The scores and ids of the ``count`` best for one unit row (dimension,), best first.

        Scores of vectors are cosines; those of codes what these let expect. Only vectors can be
        searched ``among`` some.
        """
        parameters: Any = None
        if among is not None:
            parameters = faiss.SearchParameters()
            selector = faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64))
            parameters.sel = selector
        elif every_list and self._lists is not None:
            # By name, which its stubs lack: so the one keeps the other.
            inner = faiss.SearchParametersIVF(nprobe=self._lists.nlist)  # type: ignore[call-arg]
            parameters = faiss.SearchParametersPreTransform(index_params=inner)  # type: ignore[call-arg]
        count = min(count, len(self) if among is None else len(among))
        if count == 0:
            return _NO_SCORES, NO_IDS
        scores, ids = self._index.search(vector.reshape(1, -1), count, params=parameters)
        is_there = ids[0] >= 0  # faiss fills up with -1
        return scores[0][is_there], ids[0][is_there]


def _ids_in(lists: Any, number: int) -> Ids:
    """The ids of one list."""
    size = lists.list_size(number)
    found: Ids = faiss.rev_swig_ptr(lists.get_ids(number), size).copy() if size else NO_IDS
    return found


def _limit_memory(size: int) -> None:
    """A damaged length field must not ask for much more memory than a file of ``size`` can mean."""
    faiss.set_deserialization_vector_byte_limit(max(2 * size, _MATRIX))


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

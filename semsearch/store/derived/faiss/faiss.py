"""The only module that imports faiss: vectors or codes in one of its indexes, and k-means."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from mmap import mmap
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids, no_ids

Scores = npt.NDArray[np.float32]  # (n,)

_KINDS: Final = (b"IxMp", b"IxPT")  # faiss's marks of an id map and of a pre-transform
_LEARNING_ROUNDS: Final = 8  # of k-means, for the centres of lists
_SEED: Final = 1  # of the random rotation and of k-means
_MATRIX: Final = 64 << 20  # bytes of a rotation matrix of 4,096 dimensions
_ROUNDS: Final = 30  # of k-means; its centres hardly move after that
_NO_SCORES: Final[Scores] = np.empty(0, dtype=np.float32)


class FaissIndex:
    """Unit vectors under text ids, searched by inner product.

    Holds the vectors themselves, or codes of one bit a dimension (RaBitQ), which may be in lists
    around centres (IVF).
    """

    def __init__(self, index: Any, content: npt.NDArray[np.uint8] | None = None) -> None:
        """``content`` is the buffer that the index is a view of; it is kept alive."""
        self._index = index
        self._content = content
        inner: Any = faiss.downcast_index(index.index)
        self.is_exact = isinstance(inner, faiss.IndexFlat)
        self._lists = inner if isinstance(inner, faiss.IndexIVF) else None  # which know their ids

    @classmethod
    def of_vectors(cls, dimension: int) -> "FaissIndex":
        """An empty index that holds vectors."""
        return cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)))

    @classmethod
    def of_codes(cls, sample: Vectors, lists: int = 0) -> "FaissIndex":
        """An empty index that holds codes, in ``lists`` lists if any, trained on a sample."""
        dimension = sample.shape[1]
        # The Hadamard rotation is as good in a third of the time, but needs a power of two.
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
            # No id map: its positions would be wrong after a removal, as lists do not move up.
            index: Any = faiss.IndexPreTransform(rotation, codes)
        else:
            plain = faiss.IndexRaBitQFastScan(dimension, faiss.METRIC_INNER_PRODUCT)
            index = faiss.IndexIDMap(faiss.IndexPreTransform(rotation, plain))
        index.train(sample)  # without lists this learns the mean only
        return cls(index)

    @classmethod
    def load(cls, content: bytes | mmap) -> "FaissIndex":
        """Open the bytes of ``dump`` without copying them; the caller has checked their digest.

        Raises ``IndexDamaged`` for any other bytes.
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
        """Serialise the index for ``load``."""
        return self._bytes().data

    def _bytes(self) -> npt.NDArray[np.uint8]:
        if self._content is not None:
            return self._content
        return _serialized(self._index)

    def copied(self) -> "FaissIndex":
        """A copy in memory that can be changed; a view of a file can neither change nor clone."""
        content = self._bytes()
        _limit_memory(len(content))
        return FaissIndex(faiss.deserialize_index(content))

    def emptied(self) -> "FaissIndex":
        """An empty copy with the trained rotation, mean and centres."""
        copy = self.copied()
        copy._index.reset()
        return copy

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Add rows (n, dimension) under new ids."""
        self._index.add_with_ids(np.ascontiguousarray(rows), np.ascontiguousarray(ids))
        self._forget_ids()

    def remove(self, ids: Ids) -> None:
        """Remove rows by their ids."""
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
        found.sort(kind="stable")  # fast where they ascend already
        return found

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._index.d)

    @property
    def lists_scanned(self) -> int:
        """The number of lists that a search scans; 0 without lists."""
        return 0 if self._lists is None else int(self._lists.nprobe)

    @property
    def lists(self) -> int:
        """The number of lists of codes; 0 without lists."""
        return 0 if self._lists is None else int(self._lists.nlist)

    def scan(self, lists: int) -> None:
        """Set how many lists a search scans, those with the nearest centres."""
        assert self._lists is not None  # the caller has checked ``lists``
        self._lists.nprobe = lists

    def search(
        self,
        vector: Vectors,
        count: int,
        *,
        among: Ids | None = None,
        every_list: bool = False,
    ) -> tuple[Scores, Ids]:
        """Scores and ids of the ``count`` best for one unit row (dimension,), best first.

        Scores of vectors are cosines, scores of codes are estimates of them. Only an index of
        vectors can be searched ``among`` some ids. ``every_list`` scans all lists.
        """
        parameters: Any = None
        if among is not None:
            parameters = faiss.SearchParameters()
            selector = faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64))
            parameters.sel = selector
        elif every_list and self._lists is not None:
            # Keyword arguments, which the stubs lack, make faiss keep the inner object alive.
            inner = faiss.SearchParametersIVF(nprobe=self._lists.nlist)  # type: ignore[call-arg]
            parameters = faiss.SearchParametersPreTransform(index_params=inner)  # type: ignore[call-arg]
        count = min(count, len(self) if among is None else len(among))
        if count == 0:
            return _NO_SCORES, no_ids()
        with _threads(None if self._lists is not None else 1):
            scores, ids = self._index.search(vector.reshape(1, -1), count, params=parameters)
        is_there = ids[0] >= 0  # faiss pads with -1
        return scores[0][is_there], ids[0][is_there]


def _serialized(index: Any) -> npt.NDArray[np.uint8]:
    """The bytes of an index.

    It is written twice, to learn its size and to fill an array of it: memory has the bytes once.
    ``faiss.serialize_index`` has them up to three times, in a vector that doubles as it grows and
    in its copy.
    """
    size = 0

    def count(piece: bytes) -> None:
        nonlocal size
        size += len(piece)

    written_to: Any = faiss.PyCallbackIOWriter  # type: ignore[attr-defined]  # its stubs lack it
    faiss.write_index(index, written_to(count))
    content = np.empty(size, dtype=np.uint8)
    filled = 0

    def fill(piece: bytes) -> None:
        nonlocal filled
        content[filled : filled + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        filled += len(piece)

    faiss.write_index(index, written_to(fill))
    return content


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Within the context FAISS starts at most ``count`` threads for what this thread asks of it.

    None leaves their number to FAISS. Where a call has work for one thread only, as the scan of a
    segment for one question has, its other threads begin and end with it and wait for it busily:
    the scan of 200,000 codes took 15 ms of processor time with two threads and 2.5 with one.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count or before)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _ids_in(lists: Any, number: int) -> Ids:
    """The ids in one list."""
    size = lists.list_size(number)
    found: Ids = faiss.rev_swig_ptr(lists.get_ids(number), size).copy() if size else no_ids()
    return found


def _limit_memory(size: int) -> None:
    """Bound what faiss allocates for a file of ``size`` bytes with a damaged length field."""
    faiss.set_deserialization_vector_byte_limit(max(2 * size, _MATRIX))


def kmeans_centres(rows: Vectors, count: int, tries: int) -> Vectors:
    """Unit centres (count, dimension) of unit rows by spherical k-means with a fixed seed.

    The best of ``tries`` runs, each started by k-means++.
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
    with _threads(1):  # more are slower: its steps are many and small
        clustering.train(np.ascontiguousarray(rows))
    assert clustering.centroids is not None  # it was trained
    return clustering.centroids

"""The vectors of a small index, read from its FAISS file and written to the next without faiss.

``import faiss`` takes 60 ms of processor time, an eighth of a query in a new process and a tenth of
a run after one file has changed, and numpy compares a few thousand vectors as fast. (The layout is
that of faiss's ``index_write.cpp`` for an ``IndexIDMap`` of an ``IndexFlatIP``; a file of any other
layout is left to faiss.)
"""

import struct
from functools import cached_property
from mmap import mmap
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.ids import Ids, ascending, is_among

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.faiss import Scores

_LARGEST: Final = 1 << 24  # bytes: 10,000 vectors of 384 numbers; a larger file is mapped by faiss
_HEADER: Final = struct.Struct("<4siqqq?i")  # kind, dimension, vectors, two unused, trained, metric
_COUNT: Final = struct.Struct("<Q")
_ID_MAP: Final = b"IxMp"
_FLAT: Final = b"IxFI"
_INNER_PRODUCT: Final = 0
_UNUSED: Final = 1 << 20  # as faiss writes it


class FlatFile:
    """Unit vectors under text ids, searched by inner product; a copy can be changed."""

    is_exact: Final = True
    lists: Final = 0
    lists_scanned: Final = 0

    def __init__(self, content: bytes | mmap | None, ids: Ids, rows: Vectors) -> None:
        """``content`` is the file that has these ids (n,) and rows (n, dimension), if any has."""
        self._content = content
        self._ids = ids
        self._rows = rows

    @classmethod
    def load(cls, content: bytes | mmap) -> "FlatFile | None":
        """Read the bytes of ``FaissIndex.dump``; None where they are not of this layout."""
        if not 2 * _HEADER.size + 2 * _COUNT.size <= len(content) <= _LARGEST:
            return None
        kind, dimension, count, *_, metric = _HEADER.unpack_from(content)
        inner, inner_dimension, inner_count, *_, inner_metric = _HEADER.unpack_from(
            content, _HEADER.size
        )
        (numbers,) = _COUNT.unpack_from(content, 2 * _HEADER.size)
        first = 2 * _HEADER.size + _COUNT.size
        last = first + 4 * count * dimension
        is_flat = (
            (kind, inner, metric, inner_metric) == (_ID_MAP, _FLAT, *(2 * [_INNER_PRODUCT]))
            and (dimension, count) == (inner_dimension, inner_count)
            and min(dimension, count) >= 1
            and numbers == count * dimension
            and len(content) == last + _COUNT.size + 8 * count
            and _COUNT.unpack_from(content, last) == (count,)
        )
        if not is_flat:
            return None
        # Copies: the vectors do not begin at an address that numpy can compute with.
        rows = np.frombuffer(content, "<f4", count * dimension, first).reshape(count, -1)
        ids = np.frombuffer(content, "<i8", count, last + _COUNT.size)
        return cls(content, ids.astype(np.int64), rows.astype(np.float32))

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._rows.shape[1])

    @cached_property
    def ids(self) -> Ids:
        """Its text ids, ascending."""
        return ascending(self._ids)

    def dump(self) -> memoryview:
        """The bytes of the file, as faiss would write it."""
        if self._content is not None:
            return memoryview(self._content)
        count, dimension = self._rows.shape
        same = (dimension, count, _UNUSED, _UNUSED, True, _INNER_PRODUCT)
        return memoryview(
            b"".join(
                (
                    _HEADER.pack(_ID_MAP, *same),
                    _HEADER.pack(_FLAT, *same),
                    _COUNT.pack(count * dimension),
                    self._rows.astype("<f4").tobytes(),
                    _COUNT.pack(count),
                    self._ids.astype("<i8").tobytes(),
                )
            )
        )

    def copied(self) -> "FlatFile":
        """A copy in memory that can be changed."""
        return FlatFile(None, self._ids, self._rows)

    def emptied(self) -> "FlatFile":
        """An empty index of the same kind."""
        return FlatFile(None, self._ids[:0], self._rows[:0])

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Add rows (n, dimension) under new ids to a copy."""
        self._change(np.concatenate([self._ids, ids]), np.concatenate([self._rows, rows]))

    def remove(self, ids: Ids) -> None:
        """Remove rows from a copy by their ids."""
        stays = ~is_among(self._ids, ascending(ids))
        self._change(self._ids[stays], self._rows[stays])

    def _change(self, ids: Ids, rows: Vectors) -> None:
        assert self._content is None  # a file never changes
        self._ids, self._rows = ids, rows
        self.__dict__.pop("ids", None)

    def search(
        self,
        vector: Vectors,
        count: int,
        *,
        among: Ids | None = None,
        every_list: bool = False,
    ) -> "tuple[Scores, Ids]":
        """Cosines and ids of the ``count`` best for one unit row (dimension,), best first.

        Only ids in ``among``, ascending, count where it is given. There are no lists.
        """
        ids, scores = self._ids, self._rows @ vector
        if among is not None:
            is_allowed = is_among(ids, among)
            ids, scores = ids[is_allowed], scores[is_allowed]
        best = np.argsort(-scores, kind="stable")[:count]
        return scores[best], ids[best]

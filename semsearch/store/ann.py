"""The ANN index over the vectors of one generation, and the only door to faiss.

Exact for now: every search compares the question with every vector. The rest of semsearch sees only
``AnnIndex``, so that the structure behind it can change.
"""

from collections.abc import Sequence
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged

Ids = npt.NDArray[np.int64]  # (n,) text ids of the record

_KIND: Final = b"IxMp"  # how faiss marks an IndexIDMap; no other kind is loaded


class AnnIndex:
    """Text ids and their vectors, searched by inner product (the cosine, as rows are unit)."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, ids: Ids, vectors: Vectors) -> "AnnIndex":
        """Index ``vectors`` (n, dimension) under ``ids`` (n,)."""
        index = faiss.IndexIDMap(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))
        return cls(index)

    @classmethod
    def load(cls, content: bytes) -> "AnnIndex":
        """Open what ``dump`` gave; the caller has checked its digest.

        Raises ``IndexDamaged`` for bytes that are no such index.
        """
        if content[: len(_KIND)] != _KIND:
            raise IndexDamaged("the ANN file is of no kind that semsearch writes")
        # A damaged length field must not ask for more memory than the file can mean.
        faiss.set_deserialization_vector_byte_limit(2 * len(content))
        try:
            return cls(faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8)))
        except RuntimeError as error:
            raise IndexDamaged("the ANN file cannot be read by faiss") from error

    def dump(self) -> bytes:
        """The index as bytes, for ``load``."""
        content: npt.NDArray[np.uint8] = faiss.serialize_index(self._index)
        return content.tobytes()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Numbers in each vector."""
        return int(self._index.d)

    def nearest(
        self, vector: Vectors, count: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest (text id, cosine), best first, among ``allowed`` where it is given.

        ``vector`` is one unit row, shape (dimension,).
        """
        count = min(count, len(self) if allowed is None else len(allowed))
        if count == 0:
            return []
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.asarray(allowed, dtype=np.int64))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, ids = self._index.search(vector.reshape(1, -1), count, params=parameters)
        return [
            (int(text), float(score))
            for text, score in zip(ids[0], scores[0], strict=True)
            if text >= 0  # faiss fills up with -1
        ]

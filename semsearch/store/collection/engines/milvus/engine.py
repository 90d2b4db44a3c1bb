"""``MilvusEngine``: what a collection on Milvus is asked for, and takes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EngineRefused
from semsearch.store.collection.engine import NewTexts
from semsearch.store.collection.engines.milvus.collection_pair import CollectionPair
from semsearch.store.collection.engines.milvus.texts import of_segments
from semsearch.store.disk.ids import Ids
from semsearch.store.record.vectors import STORED_DTYPE

if TYPE_CHECKING:
    from semsearch.store.record.vectors import StoredVectors

_BLOB: Final = "b/"  # before the name of a caller's blob; the engine's own begin with a colon


class MilvusEngine(CollectionPair):
    """A collection on Milvus; see ``Engine``."""

    def manifests(self) -> Mapping[str, bytes]:
        return self._manifests.all() if self._is_there() else {}

    def put_manifest(self, source: str, manifest: bytes | None, before: bytes | None) -> bool:
        self._require_there()
        return self._manifests.replace(source, manifest, before)

    def put_blobs(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        self._require_there()
        self._blobs.put((_BLOB + name, blob) for name, blob in blobs)

    def blobs(self, names: Sequence[str]) -> Mapping[str, bytes]:
        if not self._is_there():
            return {}
        found = self._blobs.get([_BLOB + name for name in names])
        return {name.removeprefix(_BLOB): blob for name, blob in found.items()}

    def blob_names(self, prefix: str) -> Sequence[str]:
        if not self._is_there():
            return []
        return [name.removeprefix(_BLOB) for name in self._blobs.names(_BLOB + prefix)]

    def delete_blobs(self, prefixes: Sequence[str]) -> None:
        if self._is_there():
            self._blobs.delete(_BLOB + prefix for prefix in prefixes)

    def put_texts(self, texts: NewTexts) -> None:
        self._require_there()
        self._require(texts.vectors.shape[1])
        self._texts.put(texts)

    def delete_segments(self, segments: Sequence[int]) -> None:
        if segments and self._is_there():
            self._texts.delete_segments(segments)

    def count_texts(self, segment: int) -> int:
        return self._texts.count([segment], strong=True) if self._is_there() else 0

    def nearest(
        self,
        vector: Vectors,
        count: int,
        segments: Sequence[int],
        among: Ids | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        if not np.isfinite(vector).all():  # Milvus Lite would answer some rows, and nan
            raise EngineRefused("the vector of a question has a number that is infinite or NaN")
        if count < 1 or not len(segments) or not self._is_there():
            return []
        self._require(len(vector))
        if among is None:
            return self._texts.nearest(vector, count, segments, exact=exact)
        keys = of_segments(among, segments)
        return self._texts.nearest_of(vector, count, keys) if len(keys) else []

    def vectors(self, keys: Ids) -> "tuple[Ids, StoredVectors]":
        if not self._is_there():
            return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=STORED_DTYPE)
        return self._texts.vectors(keys, self._dimension or 0)

    def sentences(self, keys: Ids) -> Mapping[int, bytes]:
        return self._texts.sentences(keys) if self._is_there() else {}

    def places(self, keys: Ids) -> Mapping[int, bytes]:
        if not self._is_there():
            return {}
        return {key: place.encode() for key, place in self._texts.values(keys, "place").items()}

    def bodies(self, keys: Ids) -> Mapping[int, str]:
        return self._texts.values(keys, "body") if self._is_there() else {}

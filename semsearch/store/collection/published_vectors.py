"""The vectors of published texts, searched by the engine; filters come before the ranking."""

from collections.abc import Sequence
from typing import Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.store.collection.blob_format import damaged
from semsearch.store.collection.engine import MOST_AMONG, Engine
from semsearch.store.collection.published_segment import PublishedSegment, within
from semsearch.store.disk.ids import Ids, is_among, no_ids
from semsearch.store.protocol import TextSet, VectorsOf
from semsearch.store.text_sets import first_in

_MARGIN: Final = 2  # factor on the number expected to yield enough texts that count
_MOST_TAKEN: Final = 10_000  # texts that an engine is asked for at once


class PublishedVectorIndex:
    """Implements ``VectorIndex``; raises ``EngineError``."""

    def __init__(
        self, engine: Engine, segments: Sequence[PublishedSegment], dimension: int
    ) -> None:
        self._engine = engine
        self._segments = [one for one in segments if one.entry.live]
        self._dimension = dimension

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._dimension

    @property
    def is_elsewhere(self) -> bool:
        """The engine searches."""
        return True

    def __len__(self) -> int:
        return sum(one.entry.live for one in self._segments)

    def nearest(
        self,
        vector: Vectors,
        count: int,
        vectors_of: VectorsOf,
        allowed: TextSet | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts as (key, cosine), best first.

        ``vector`` is a unit row (dimension,). Only texts in ``allowed`` count where it is given. An
        engine compares vectors in its own precision; the cosines are of the published vectors.
        """
        count = min(count, len(self))
        if count < 1 or (allowed is not None and not len(allowed)):
            return []
        found = self._candidates(vector, count, allowed, exact=exact)
        ids, vectors = vectors_of(found)
        cosines = (vectors @ vector).astype(np.float64)
        order = np.lexsort((ids, -cosines))[:count]
        return list(zip(ids[order].tolist(), cosines[order].tolist(), strict=True))

    def _candidates(
        self, vector: Vectors, count: int, allowed: TextSet | None, *, exact: bool
    ) -> Ids:
        """At least ``count`` of the nearest that count, where there are as many."""
        if allowed is not None and len(allowed) <= MOST_AMONG:
            return self._among(vector, count, allowed.ids)
        written = sum(one.entry.texts for one in self._segments)
        counting = len(self) if allowed is None else min(len(allowed), len(self))
        taken = count * written // max(1, counting)
        if written > len(self) or allowed is not None:
            taken *= _MARGIN
        numbers = [one.entry.number for one in self._segments]
        while taken <= _MOST_TAKEN or exact:
            best = self._engine.nearest(vector, min(taken, written), numbers, exact=exact)
            _require_all(len(best), min(taken, written))
            keys = np.array([key for key, _ in best], dtype=np.int64)
            keys = keys[~self._have_gone(keys)]
            if allowed is not None:
                keys = keys[first_in(keys, allowed, count)]
            if len(keys) >= count or taken >= written:
                return keys[:count]
            taken *= 2 * _MARGIN
        every = [one.keys(one.live_ordinals) for one in self._segments]
        live = np.sort(np.concatenate([no_ids(), *every])) if allowed is None else allowed.ids
        return self._among(vector, count, live)

    def _have_gone(self, keys: Ids) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        worn = [one for one in self._segments if one.entry.gone_texts]
        gone = [no_ids(), *(one.keys(one.gone.texts) for one in worn)]
        return is_among(keys, np.sort(np.concatenate(gone)))

    def _among(self, vector: Vectors, count: int, keys: Ids) -> Ids:
        """The nearest of some keys, ascending, which are all compared."""
        keys = keys[~self._have_gone(keys)]
        best: list[tuple[int, float]] = []
        for start in range(0, len(keys), MOST_AMONG):
            some = keys[start : start + MOST_AMONG]
            numbers = [one.entry.number for one in self._segments if len(within(some, one)[1])]
            found = self._engine.nearest(vector, count, numbers, some, exact=True)
            _require_all(len(found), min(count, len(some)))
            best += found
        best.sort(key=lambda one: (-one[1], one[0]))
        return np.array([key for key, _ in best[:count]], dtype=np.int64)


def _require_all(found: int, wanted: int) -> None:
    """Raise ``IndexDamaged`` where an engine has fewer texts than the manifests say."""
    if found < wanted:
        raise damaged(f"of {wanted} vectors {found} are there")

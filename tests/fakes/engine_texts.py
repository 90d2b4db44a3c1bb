"""Texts with vectors for the engines of collections, and their nearest by plain arithmetic."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from semsearch.store.collection.engine import NewTexts, key_of
from semsearch.store.disk.ids import Ids
from semsearch.store.record.vectors import unit_rows

DIMENSION = 16


def directions(count: int, seed: int = 0, dimension: int = DIMENSION) -> Any:
    """Random unit rows (count, dimension), float16."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1)[:, None]).astype(np.float16)


def question(seed: int, dimension: int = DIMENSION) -> Any:
    """A random unit row (dimension,), float32."""
    return unit_rows(directions(1, seed + 1_000_000, dimension))[0]


def keys_of(segment: int, ordinals: Sequence[int]) -> Ids:
    """The keys of some texts of a segment."""
    return np.array([key_of(segment, ordinal) for ordinal in ordinals], dtype=np.int64)


def new_texts(segment: int, vectors: Any, first: int = 0, **columns: Sequence[Any]) -> NewTexts:
    """Texts of these vectors at the ordinals from ``first``, with other columns if given."""
    ordinals = range(first, first + len(vectors))
    given: dict[str, Sequence[Any]] = {
        "sentences": [b""] * len(vectors),
        "places": [b'{"ordinal":%d}' % ordinal for ordinal in ordinals],
        "bodies": [f"text {ordinal} of {segment}" for ordinal in ordinals],
        **columns,
    }
    return NewTexts(keys_of(segment, ordinals), vectors, **given)


def true_nearest(parts: Sequence[tuple[Ids, Any]], vector: Any, count: int) -> list[int]:
    """The keys of the nearest of (keys, vectors) of segments, ties by key, from all cosines."""
    keys = np.concatenate([keys for keys, _ in parts])
    cosines = np.concatenate([np.vecdot(unit_rows(rows), vector) for _, rows in parts])
    return [int(key) for key in keys[np.lexsort((keys, -cosines))[:count]]]

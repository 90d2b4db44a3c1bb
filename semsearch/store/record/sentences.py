"""Vectors of the sentences of texts, read from the record; only some embedders tell them."""

import json
from collections.abc import Sequence
from typing import Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generation_scope import GenerationScope
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.row_hash import sentences_hash
from semsearch.store.record.vectors import embedded_texts

_LARGEST: Final = 127  # int8 for the largest number of a row
_SCALE_BYTES: Final = 2
_AT_ONCE: Final = 64  # rows that are checked at once: what the processor's cache holds
_UNIT_TOLERANCE: Final = 1e-2  # the rounding changes a length by up to 1e-3


def as_stored(rows: Vectors) -> bytes:
    """Unit rows (n, dimension) as the record stores them: a byte for each number, two a row.

    The cosine of two rows changes by less than 0.003.
    """
    stored = np.zeros(len(rows), dtype=_row_type(rows.shape[1]))
    stored["scale"] = np.abs(rows).max(axis=1)
    scale = stored["scale"].astype(np.float32)[:, None]
    stored["numbers"] = np.clip(np.rint(rows / scale * _LARGEST), -_LARGEST, _LARGEST)
    return stored.tobytes()


def rows_of(stored: bytes, dimension: int) -> Vectors | None:
    """Unit rows (n, dimension) of their stored bytes; None for bytes that are no such rows."""
    if not stored or len(stored) % (_SCALE_BYTES + dimension):
        return None
    found = np.frombuffer(stored, dtype=_row_type(dimension))
    with np.errstate(over="ignore", invalid="ignore"):
        scale = found["scale"].astype(np.float32)[:, None] / np.float32(_LARGEST)
        rows: Vectors = found["numbers"].astype(np.float32)
        rows *= scale
        return rows if _are_ones(np.vecdot(rows, rows)) else None


def are_rows(stored: Sequence[object], dimension: object) -> bool:
    """Whether values of a record are each the bytes of rows, and their dimension."""
    if not isinstance(dimension, int) or dimension <= 0:
        return False
    size = _SCALE_BYTES + dimension
    whole = [one for one in stored if isinstance(one, bytes) and one and not len(one) % size]
    if len(whole) != len(stored) or not whole:
        return False
    # Squares of the numbers as they are stored, which takes a third of the time of ``rows_of``.
    found = np.frombuffer(b"".join(whole), dtype=_row_type(dimension))
    squares: Vectors = np.empty(len(found), dtype=np.float32)
    buffer = np.empty((_AT_ONCE, dimension), dtype=np.float32)  # new memory takes longer
    for start in range(0, len(found), _AT_ONCE):
        part = found["numbers"][start : start + _AT_ONCE]
        numbers = buffer[: len(part)]
        numbers[...] = part
        squares[start : start + len(part)] = np.vecdot(numbers, numbers)
    with np.errstate(over="ignore", invalid="ignore"):
        factors = found["scale"].astype(np.float32) / np.float32(_LARGEST)
        return _are_ones(squares * factors * factors)


def _are_ones(squares: Vectors) -> bool:
    """Whether the squares of the lengths of some rows are one, but for rounding."""
    return bool((np.abs(squares - 1) < 2 * _UNIT_TOLERANCE).all())


def _row_type(dimension: int) -> "np.dtype[np.void]":
    return np.dtype([("scale", "<f2"), ("numbers", "i1", (dimension,))])


class SentenceView:
    """Reads the vectors that an embedder made of the sentences of one generation's texts."""

    def __init__(self, scope: GenerationScope) -> None:
        self._scope = scope

    def of_texts(self, embedder: StoredEmbedder, texts: Sequence[int] | Ids) -> tuple[Ids, Vectors]:
        """Unit rows (n, dimension), and the text id of each, ascending.

        A text without rows is not in the result. Damaged rows are named in ``withheld``.
        """
        nothing = np.empty(0, dtype=np.int64), np.empty((0, embedder.dimension or 0), np.float32)
        if embedder.dimension is None:
            return nothing
        rows = self._scope.connection.execute(
            "select text, vectors, hash from sentences where embedder = ?"
            " and text in (select value from json_each(?)) order by text",
            (embedder.id, json.dumps([int(text) for text in texts])),
        ).fetchall()
        size = _SCALE_BYTES + embedder.dimension
        whole = {
            text: stored
            for text, stored, row in rows
            if type(stored) is bytes
            and stored
            and not len(stored) % size
            and sentences_hash(embedder.id, text, stored) == row
        }
        vectors = rows_of(b"".join(whole.values()), embedder.dimension)
        if whole and vectors is None:  # a hash is no secret
            whole = {
                text: stored
                for text, stored in whole.items()
                if rows_of(stored, embedder.dimension) is not None
            }
            vectors = rows_of(b"".join(whole.values()), embedder.dimension)
        damaged = {text for text, *_ in rows}.difference(whole)
        self._scope.withheld.update(f"sentences of text {text}" for text in damaged)
        if vectors is None:
            return nothing
        counts = [len(stored) // size for stored in whole.values()]
        return np.repeat(np.fromiter(whole, dtype=np.int64), counts), vectors

    def stored(self, embedder: StoredEmbedder, texts: Sequence[int] | Ids) -> dict[int, bytes]:
        """Rows by text id as the record stores them (``as_stored``); damaged ones are withheld."""
        size = _SCALE_BYTES + (embedder.dimension or 0)
        rows = self._scope.connection.execute(
            "select text, vectors, hash from sentences where embedder = ?"
            " and text in (select value from json_each(?))",
            (embedder.id, json.dumps([int(text) for text in texts])),
        )
        found: dict[int, bytes] = {}
        for text, stored, row in rows:
            is_whole = type(stored) is bytes and stored and not len(stored) % size
            if is_whole and sentences_hash(embedder.id, text, stored) == row:
                found[text] = stored
            else:
                self._scope.withheld.add(f"sentences of text {text}")
        return found

    def by_digest(self, embedder: StoredEmbedder, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Unit rows (n, dimension) by the SHA-256 of their texts, of those that have rows."""
        found = embedded_texts(self._scope, embedder, digests)
        owners, rows = self.of_texts(embedder, list(found))
        ids, first = np.unique(owners, return_index=True)
        parts = np.split(rows, first[1:]) if len(ids) else []
        return {found[text]: part for text, part in zip(ids.tolist(), parts, strict=True)}

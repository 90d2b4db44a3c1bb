"""Vectors of texts, and those of the probe texts, read from the record."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generation_scope import BATCH, VISIBLE_PASSAGES, GenerationScope
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.half_precision import as_float32, lengths_of
from semsearch.store.record.row_hash import vector_hash
from semsearch.store.record.schema import CANARY_HASH
from semsearch.store.record.texts import checked_bodies

if TYPE_CHECKING:
    import numpy.typing as npt

    StoredVectors = npt.NDArray[np.float16]  # (n, dimension), nearly unit rows
else:
    StoredVectors = Any  # see lazy_numpy
STORED_DTYPE: Final = "<f2"  # represents the numbers of mistral-embed exactly
PROBE_DTYPE: Final = "<f4"
STORED_BYTES: Final = 2  # of a number
_PROBE_BYTES: Final = 4
_UNIT_TOLERANCE: Final = 1e-2  # float16 changes a length by up to 1e-3


def unit_rows(stored: StoredVectors | Vectors) -> Vectors:
    """Stored vectors (n, dimension) as float32, normalised to unit length."""
    is_half = stored.dtype == STORED_DTYPE
    vectors: Vectors = as_float32(stored) if is_half else stored.astype(np.float32)
    vectors /= _lengths(vectors)[:, None]  # float16 changes the length by up to 1e-3
    return vectors


def are_unit(stored: StoredVectors) -> "npt.NDArray[np.bool_]":
    """Whether each row (n, dimension) has unit length, but for the rounding of float16."""
    return _are_ones(lengths_of(stored))


def _lengths(vectors: Vectors) -> "npt.NDArray[np.float32]":
    return np.asarray(np.sqrt(np.vecdot(vectors, vectors)))  # many times faster than numpy's norm


def _are_ones(lengths: "npt.NDArray[np.float32]") -> "npt.NDArray[np.bool_]":
    return np.asarray(np.abs(lengths - 1) < _UNIT_TOLERANCE)


def embedded_texts(
    scope: GenerationScope, embedder: StoredEmbedder, digests: Sequence[bytes]
) -> dict[int, bytes]:
    """SHA-256 by text id, of those texts that have a vector, also where no document has them."""
    found: dict[int, bytes] = {}
    for start in range(0, len(digests), BATCH):
        some = digests[start : start + BATCH]
        rows = scope.connection.execute(
            "select text.id, digest from text join vector on vector.text = text.id"
            f" where embedder = ? and digest in ({', '.join('?' * len(some))})",
            (embedder.id, *some),
        )
        found |= dict(rows.fetchall())
    return found


class VectorView:
    """Reads the vectors that an embedder made of one generation's texts."""

    def __init__(self, scope: GenerationScope) -> None:
        self._scope = scope

    def of_texts(self, embedder: StoredEmbedder, texts: Sequence[int] | Ids) -> tuple[Ids, Vectors]:
        """Text ids, ascending, and their unit vectors (n, dimension).

        A text without a vector is not in the result, and is named in ``withheld``.
        """
        ids, _, vectors = self._whole(embedder, texts)
        return ids, vectors

    def stored(
        self, embedder: StoredEmbedder, texts: Sequence[int] | Ids
    ) -> tuple[Ids, StoredVectors]:
        """Like ``of_texts``, as the record stores them: float16, nearly unit rows."""
        ids, stored, _ = self._whole(embedder, texts)
        return ids, stored

    def _whole(
        self, embedder: StoredEmbedder, texts: Sequence[int] | Ids
    ) -> tuple[Ids, StoredVectors, Vectors]:
        """Text ids, ascending, with their vectors as stored and as unit rows."""
        if embedder.dimension is None:
            nothing = np.empty((0, 0), dtype=STORED_DTYPE)
            return np.empty(0, dtype=np.int64), nothing, nothing.astype(np.float32)
        wanted = sorted({int(text) for text in texts})
        rows = self._scope.connection.execute(
            "select text, parts, vector, hash from vector where embedder = ?"
            " and text in (select value from json_each(?)) order by text",
            (embedder.id, json.dumps(wanted)),
        )
        length = embedder.dimension * STORED_BYTES
        whole = {
            text: row
            for text, parts, row, stored in rows
            if type(row) is bytes
            and len(row) == length
            and vector_hash(embedder.id, text, parts, row) == stored
        }
        if not whole.keys() <= (asked := set(wanted)):  # a damaged index of SQLite gives others
            whole = {text: row for text, row in whole.items() if text in asked}
        ids = np.fromiter(whole, dtype=np.int64, count=len(whole))
        stored = np.frombuffer(b"".join(whole.values()), dtype=STORED_DTYPE)
        stored = stored.reshape(len(whole), embedder.dimension)
        vectors = as_float32(stored)
        lengths = _lengths(vectors)
        if not (is_unit := _are_ones(lengths)).all():  # a hash is no secret
            ids, stored, vectors = ids[is_unit], stored[is_unit], vectors[is_unit]
            lengths = lengths[is_unit]
        vectors /= lengths[:, None]
        if not self._scope.is_partial:
            missing = set(wanted).difference(ids.tolist())
            self._scope.withheld.update(f"vector of text {text}" for text in missing)
        return ids, stored, vectors

    def by_digest(self, embedder: StoredEmbedder, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Unit vectors (dimension,) by the SHA-256 of their texts, of those that have one.

        Includes texts that no document has any more.
        """
        found = embedded_texts(self._scope, embedder, digests)
        ids, vectors = self.of_texts(embedder, list(found))
        return {found[text]: row for text, row in zip(ids.tolist(), vectors, strict=True)}

    def known(self, embedder: StoredEmbedder, digests: Sequence[bytes]) -> set[bytes]:
        """Those SHA-256 of texts whose text has a vector, also where no document has it."""
        return set(embedded_texts(self._scope, embedder, digests).values())

    def ids_without(self, embedder: StoredEmbedder, *, since: int = 0) -> Ids:
        """The ids of the texts that have still to be embedded, ascending.

        Considers only documents added in generation ``since`` or later.
        """
        query = (
            f"select distinct text from {VISIBLE_PASSAGES} where born >= :since and not exists"
            " (select 1 from vector where embedder = :embedder and vector.text = passage.text)"
            " order by text"
        )
        return self._scope.numbers(query, 1, embedder=embedder.id, since=since)[:, 0]

    def texts_without(
        self, embedder: StoredEmbedder, *, since: int = 0
    ) -> Iterator[tuple[int, str]]:
        """(text id, body) of the texts of ``ids_without``, read as they are asked for.

        Raises ``IndexDamaged`` when a body does not have its digest.
        """
        ids = self.ids_without(embedder, since=since)
        for start in range(0, len(ids), BATCH):
            rows = self._scope.connection.execute(
                "select id, body, digest from text"
                " where id in (select value from json_each(?)) order by id",
                (json.dumps(ids[start : start + BATCH].tolist()),),
            )
            yield from checked_bodies(rows.fetchall())

    def ids(self, embedder: StoredEmbedder) -> Ids:
        """The ids of all texts that have a vector of this embedder, in any order."""
        query = "select text as number from vector where embedder = :embedder"
        return self._scope.column(query, embedder=embedder.id)

    def with_parts(
        self, embedder: StoredEmbedder, texts: Sequence[int]
    ) -> dict[int, tuple[int, bytes]]:
        """By text id the number of its parts and its vector as stored, of those that are whole."""
        rows = self._scope.connection.execute(
            "select text, parts, vector, hash from vector where embedder = ?"
            " and text in (select value from json_each(?))",
            (embedder.id, json.dumps(list(texts))),
        )
        return {
            text: (parts, row)
            for text, parts, row, stored in rows
            if (type(parts), type(row)) == (int, bytes)
            and vector_hash(embedder.id, text, parts, row) == stored
        }

    def texts_with_vector(
        self, embedder: StoredEmbedder, *, since: int = 0
    ) -> Iterator[tuple[int, bytes]]:
        """(text id, SHA-256) of all texts with a vector, by ascending digests.

        With ``since`` only those whose vector's row is later than that of this number.
        """
        # All: by the index over digests, which has the ids; a row of a text has its body, too.
        query = (
            "select text.id, digest from vector join text on text.id = vector.text"
            " where vector.id > :since and embedder = :embedder order by digest"
            if since
            else "select id, digest from text where exists (select 1 from vector"
            " where embedder = :embedder and vector.text = text.id) order by digest"
        )
        bound = {"embedder": embedder.id} | ({"since": since} if since else {})
        yield from self._scope.connection.execute(query, bound)

    def last_row(self, *, at: int | None = None) -> tuple[int, bytes] | None:
        """Number and hash of the newest row of a vector, or of the row ``at`` a number."""
        which = "order by id desc limit 1" if at is None else "where id = ?"
        bound = () if at is None else (at,)
        query = f"select id, hash from vector {which}"
        row = self._scope.connection.execute(query, bound).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def digest_at(self, row: int) -> bytes | None:
        """The SHA-256 of the text whose vector is the row of this number."""
        query = "select digest from vector join text on text.id = vector.text where vector.id = ?"
        found = self._scope.connection.execute(query, (row,)).fetchone()
        return None if found is None else bytes(found[0])

    def probes(self, embedder: StoredEmbedder) -> Vectors | None:
        """The vectors (n, dimension) that the probe texts had at the embedder's first use.

        None if there are none yet. Raises ``IndexDamaged`` when a row's hash does not fit.
        """
        rows = self._scope.connection.execute(
            f"select vector, hash = {CANARY_HASH} from canary where embedder = ? order by ordinal",
            (embedder.id,),
        ).fetchall()
        sizes = {len(row) if isinstance(row, bytes) else -1 for row, _ in rows}
        is_even = len(sizes) <= 1 and not any(size % _PROBE_BYTES for size in sizes)
        if not is_even or not all(is_whole for _, is_whole in rows):
            raise IndexDamaged("the canaries of the index are damaged; run: semsearch repair")
        if not rows:
            return None
        return np.stack([np.frombuffer(row, PROBE_DTYPE) for row, _ in rows]).astype(np.float32)

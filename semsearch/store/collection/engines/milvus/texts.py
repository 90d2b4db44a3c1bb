"""Texts with their vectors, in rows of Milvus."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EngineRefused
from semsearch.store.collection.engine import ORDINAL_BITS, NewTexts
from semsearch.store.collection.engines.milvus.blobs import BlobRows
from semsearch.store.collection.engines.milvus.client import Client, Row
from semsearch.store.disk.ids import Ids, is_among
from semsearch.store.record.vectors import STORED_DTYPE, unit_rows

if TYPE_CHECKING:
    from semsearch.store.record.vectors import StoredVectors

Field = Literal["sentences", "place", "body"]

_LONGEST_VALUE: Final = 65_535  # bytes of UTF-8 that a server takes; Lite counts letters
_FIELDS: Final[Sequence[Field]] = ("sentences", "place", "body")  # each a bit of ``elsewhere``
_OVERFLOW: Final = ":text/"  # names of the blobs with values that are too long for a row
_ROWS_AT_ONCE: Final = 1_000
_BATCH_BYTES: Final = 16_000_000  # in a message: a server takes 64 MB (grpc.serverMaxRecvSize)
# In an answer a server gives 100 MB (quotaAndLimits.limits.maxOutputSize): 1,000 rows with a value
# of 65,535 bytes, or vectors of 32 MB.
_VALUES_AT_ONCE: Final = 1_000
_VECTOR_BYTES_AT_ONCE: Final = 32_000_000
_KEYS_AT_ONCE: Final = 16_384
MOST_HITS: Final = 16_384  # a server's limit of a search (quotaAndLimits.limits.topK)
_FETCHED_KEYS: Final = 200  # fewer vectors are fetched in less time than a search takes
_LEAST_EFFORT: Final = 64  # candidates that a search by HNSW keeps
_MOST_EFFORT: Final = 32_768  # a server's limit of ``ef``
_FLUSHED_TEXTS: Final = 10_000  # fewer are no file of their own: Milvus searches them in memory


def text_fields(dimension: int) -> Sequence[Row]:
    """The fields of a collection of texts."""
    return (
        {"field_name": "key", "datatype": "INT64", "is_primary": True},
        {"field_name": "segment", "datatype": "INT64"},
        {"field_name": "vector", "datatype": "FLOAT_VECTOR", "dim": dimension},
        {"field_name": "elsewhere", "datatype": "INT64"},
        *(
            {"field_name": name, "datatype": "VARCHAR", "max_length": _LONGEST_VALUE}
            for name in _FIELDS
        ),
    )


def text_index(*, is_lite: bool) -> Row:
    """The index over the vectors.

    Lite compares with all vectors (FLAT): it is for folders of a size at which that takes less than
    a second. A server has HNSW, with the numbers that its papers and manual recommend; AUTOINDEX,
    the alternative, means another index with other limits on each version and on Zilliz's cloud.
    Vectors are 32-bit numbers because 16-bit ones need Milvus 2.4; those hold float16 exactly.
    """
    index = {"field_name": "vector", "metric_type": "COSINE"}
    if is_lite:
        return index | {"index_type": "FLAT"}
    return index | {"index_type": "HNSW", "params": {"M": 16, "efConstruction": 200}}


class TextRows:
    """The texts of a collection, by key."""

    def __init__(self, client: Client, collection: str, blobs: BlobRows) -> None:
        self._client = client
        self._collection = collection
        self._blobs = blobs
        self._new = 0  # texts since the last flush

    def put(self, texts: NewTexts) -> None:
        """Keep texts; a text with the same key is replaced."""
        if not np.isfinite(texts.vectors).all():
            raise EngineRefused("a vector has a number that is infinite or NaN; nothing was kept")
        vectors = texts.vectors.astype(np.float32)
        overflow: list[tuple[str, bytes]] = []
        rows = []
        for at, key in enumerate(texts.keys.tolist()):
            row, long = _row(key, vectors[at], texts, at)
            rows.append(row)
            overflow += long
        self._blobs.put(overflow)  # first: a row names what is there
        for some in _messages(rows, 4 * vectors.shape[1]):
            self._client.upsert(self._collection, some)
        self._new += len(rows)
        self._client.sync()

    def delete_segments(self, segments: Sequence[int]) -> None:
        """Remove all texts of some segments."""
        self._client.delete(self._collection, _of_segments(segments))
        self._blobs.delete(f"{_OVERFLOW}{segment}/" for segment in segments)

    def count(self, segments: Sequence[int], *, strong: bool = False) -> int:
        """The number of texts of some segments."""
        condition = _of_segments(segments)
        rows = self._client.rows(self._collection, condition, ["count(*)"], strong=strong)
        return int(rows[0]["count(*)"])

    def nearest(
        self, vector: Vectors, count: int, segments: Sequence[int], *, exact: bool
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts of some segments as (key, cosine), best first.

        Lite compares with every text. A server's index may pass over some, or over so many that
        fewer are left than there are: then all are compared here.
        """
        condition = _of_segments(segments)
        if not self._client.is_lite and (exact or count > MOST_HITS):
            return self.nearest_of(vector, count, self._keys(condition))
        hits = self._hits(vector, count, condition)
        if len(hits) < count and not self._client.is_lite and self.count(segments) > len(hits):
            return self.nearest_of(vector, count, self._keys(condition))
        return _ranked(hits, count)

    def nearest_of(self, vector: Vectors, count: int, keys: Ids) -> list[tuple[int, float]]:
        """The ``count`` nearest of some texts as (key, cosine), best first; compares them all.

        A server's index may pass over texts also when a condition names their keys, and over the
        few that are left most of all. So it is asked for all of them at once, and the vectors of
        those that it has passed over are fetched and compared here: many in the first seconds
        after texts were put, in which 2.3 searches them by an index of clusters.
        """
        if self._client.is_lite:
            return _ranked(self._hits(vector, count, f"key in {keys.tolist()}"), count)
        found: list[tuple[int, float]] = []
        for some in _runs(keys, MOST_HITS):
            if len(some) > _FETCHED_KEYS:
                hits = self._hits(vector, len(some), f"key in {some.tolist()}")
                found += hits
                had = np.sort(np.fromiter((key for key, _ in hits), np.int64, len(hits)))
                some = some[~is_among(some, had)]
            for ids, stored in self._vectors(some, 4 * len(vector)):
                cosines = unit_rows(stored) @ vector
                found += zip(ids.tolist(), cosines.tolist(), strict=True)
            found = _ranked(found, count)
        return found

    def _hits(self, vector: Vectors, count: int, condition: str) -> list[tuple[int, float]]:
        effort = min(_MOST_EFFORT, max(_LEAST_EFFORT, 2 * count))
        return self._client.hits(self._collection, "vector", vector, count, condition, effort)

    def vectors(self, keys: Ids, dimension: int) -> "tuple[Ids, StoredVectors]":
        """Keys, ascending, and vectors (n, dimension) float16, of those texts that are there."""
        found = list(self._vectors(keys, 4 * dimension))
        if not found:
            return np.empty(0, dtype=np.int64), np.empty((0, dimension), dtype=STORED_DTYPE)
        ids = np.concatenate([some for some, _ in found])
        order = np.argsort(ids)
        return ids[order], np.concatenate([stored for _, stored in found])[order]

    def values(self, keys: Ids, field: Field) -> Mapping[int, str]:
        """A field of some texts, by key."""
        found: dict[int, str] = {}
        elsewhere: dict[str, int] = {}
        bit = _bit(field)
        for some in _runs(keys, _VALUES_AT_ONCE):
            condition = f"key in {some.tolist()}"
            rows = self._client.rows(self._collection, condition, ["key", "elsewhere", field])
            for row in rows:
                found[row["key"]] = row[field]
                if row["elsewhere"] & bit:
                    elsewhere[_overflow_name(row["key"], field)] = row["key"]
        for name, blob in self._blobs.get(list(elsewhere)).items():
            found[elsewhere[name]] = blob.decode("utf-8")
        return found

    def sentences(self, keys: Ids) -> Mapping[int, bytes]:
        """The vectors of the sentences of some texts, by key, of those that have any."""
        values = self.values(keys, "sentences")
        return {key: b64decode(value) for key, value in values.items() if value}

    def flush(self) -> None:
        """Have Milvus make files and index of new texts if there are enough."""
        if self._new >= _FLUSHED_TEXTS:
            self._client.flush(self._collection)
            self._new = 0
        self._client.sync()

    def _keys(self, condition: str) -> Ids:
        rows = self._client.rows(self._collection, condition, ["key"])
        return np.sort(np.fromiter((row["key"] for row in rows), np.int64, len(rows)))

    def _vectors(self, keys: Ids, row_bytes: int) -> "Iterator[tuple[Ids, StoredVectors]]":
        size = max(1, min(_KEYS_AT_ONCE, _VECTOR_BYTES_AT_ONCE // max(1, row_bytes)))
        for some in _runs(keys, size):
            condition = f"key in {some.tolist()}"
            rows = self._client.rows(self._collection, condition, ["key", "vector"])
            if rows:
                ids = np.fromiter((row["key"] for row in rows), np.int64, len(rows))
                yield ids, np.asarray([row["vector"] for row in rows]).astype(STORED_DTYPE)


def of_segments(keys: Ids, segments: Sequence[int]) -> Ids:
    """Those keys whose texts are in some segments."""
    return keys[is_among(keys >> ORDINAL_BITS, np.asarray(sorted(segments), dtype=np.int64))]


def _row(key: int, vector: Any, texts: NewTexts, at: int) -> tuple[Row, list[tuple[str, bytes]]]:
    """The row of a text, and the blobs of its values that are too long for it."""
    values: dict[Field, bytes] = {
        "sentences": b64encode(texts.sentences[at]),
        "place": texts.places[at],
        "body": texts.bodies[at].encode("utf-8"),
    }
    row: Row = {"key": key, "segment": key >> ORDINAL_BITS, "vector": vector, "elsewhere": 0}
    overflow = []
    for field, value in values.items():
        if is_long := len(value) > _LONGEST_VALUE:
            overflow.append((_overflow_name(key, field), value))
            row["elsewhere"] |= _bit(field)
        row[field] = "" if is_long else value.decode("utf-8")
    return row, overflow


def _overflow_name(key: int, field: Field) -> str:
    segment, ordinal = divmod(key, 1 << ORDINAL_BITS)
    return f"{_OVERFLOW}{segment}/{ordinal}/{field}"


def _bit(field: Field) -> int:
    return 1 << _FIELDS.index(field)


def _of_segments(segments: Iterable[int]) -> str:
    return f"segment in {sorted(set(segments))}"


def _ranked(hits: Iterable[tuple[int, float]], count: int) -> list[tuple[int, float]]:
    """The best hits, equal ones by key."""
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:count]


def _messages(rows: Sequence[Row], vector_bytes: int) -> Iterator[list[Row]]:
    message: list[Row] = []
    size = 0
    for row in rows:
        own = vector_bytes + 4 * sum(len(row[field]) for field in _FIELDS)  # bytes at most
        if message and (size + own > _BATCH_BYTES or len(message) >= _ROWS_AT_ONCE):
            yield message
            message, size = [], 0
        message.append(row)
        size += own
    if message:
        yield message


def _runs(keys: Ids, size: int) -> Iterator[Ids]:
    return (keys[start : start + size] for start in range(0, len(keys), size))

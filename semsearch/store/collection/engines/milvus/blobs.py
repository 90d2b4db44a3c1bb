"""Blobs in rows of Milvus: a head for each, and parts of those that are too long for one row.

A value is text of at most 65,535 bytes in Milvus, so that bytes are kept in base 64, and a long
blob in parts. Its parts have the random number of their writing in their keys, and are written
first; then its head, which names that number, replaces the one before. So a reader sees a blob as
it was or as it is; parts that no head names are those of a killed writer.
"""

import json
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from semsearch.errors import EngineUnreachable
from semsearch.store.collection.engines.milvus.client import Client, Row

T = TypeVar("T")

_PART_BYTES: Final = 48_000  # 64,000 letters in base 64
_BATCH_BYTES: Final = 8_000_000  # in a message: a server takes 64 MB (proxy.grpc.serverMaxRecvSize)
_PARTS_AT_ONCE: Final = 400  # in an answer: a server gives 100 MB (quotaAndLimits.maxOutputSize)
_NAMES_AT_ONCE: Final = 400  # whose heads may hold a part each
_KEYS_AT_ONCE: Final = 4_000
_HEAD: Final = -1
_LONGEST_NAME: Final = 1_000
_TRIES: Final = 20  # to read a blob that is replaced all the time
_TRY_SECONDS: Final = 0.05
_NO_VECTOR: Final = (1.0, 0.0)  # every collection has to have a vector
_HEAD_FIELDS: Final = ("id", "name", "parts", "writing", "written", "value")

BLOB_FIELDS: Final[Sequence[Row]] = (
    {
        "field_name": "id",
        "datatype": "VARCHAR",
        "is_primary": True,
        "max_length": _LONGEST_NAME + 100,
    },
    {"field_name": "name", "datatype": "VARCHAR", "max_length": _LONGEST_NAME},
    {"field_name": "part", "datatype": "INT64"},  # -1: the head
    {"field_name": "parts", "datatype": "INT64"},  # 0: the value is in the head
    {"field_name": "writing", "datatype": "VARCHAR", "max_length": 32},
    {"field_name": "written", "datatype": "INT64"},  # a timestamp before it: see ``Client.seen``
    {"field_name": "value", "datatype": "VARCHAR", "max_length": 65_535},
    {"field_name": "nothing", "datatype": "FLOAT_VECTOR", "dim": len(_NO_VECTOR)},
)
BLOB_INDEX: Final[Row] = {"field_name": "nothing", "index_type": "FLAT", "metric_type": "COSINE"}


class BlobRows:
    """The blobs of a collection, by names that are told apart by their beginnings."""

    def __init__(self, client: Client, collection: str) -> None:
        self._client = client
        self._collection = collection

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Keep blobs under their names, each whole or not at all."""
        for batch in _batches(blobs):
            with self._client.alone():
                self._put(batch)
        self._client.sync()

    def _put(self, blobs: Mapping[str, bytes]) -> None:
        before = self._heads(_equal("id", list(blobs)), strong=False)
        heads, parts = [], []
        for name, value in blobs.items():
            head, some = _rows(name, value)
            heads.append(head)
            parts += some
        written = max((self._upsert(some) for some in _messages(parts)), default=0)
        for head in heads:
            head["written"] = written or self._client.seen
        for some in _messages(heads):
            self._upsert(some)
        self._delete_parts(before)

    def get(self, names: Sequence[str], *, strong: bool = False) -> dict[str, bytes]:
        """The blobs with some names, of those that are there."""
        found: dict[str, bytes] = {}
        for some in _runs(dict.fromkeys(names), _NAMES_AT_ONCE):
            found |= self._whole(_equal("id", some), strong=strong)
        return found

    def beginning_with(self, prefix: str, *, strong: bool = False) -> dict[str, bytes]:
        """The blobs whose names begin so, by name."""
        return self._whole(f"{_begins(prefix)} and part == {_HEAD}", strong=strong)

    def names(self, prefix: str) -> list[str]:
        """The names that begin so, ascending."""
        if _has_wildcard(prefix):
            return []
        condition = f"{_begins(prefix)} and part == {_HEAD}"
        rows = self._client.rows(self._collection, condition, ["name"], strong=True)
        return sorted(row["name"] for row in rows)

    def delete(self, prefixes: Iterable[str]) -> None:
        """Remove the blobs whose names begin so, with the parts that killed writers have left."""
        for prefix in prefixes:
            if _has_wildcard(prefix):
                continue
            # Heads first: a reader shall find a blob whole, or none.
            for condition in (f"part == {_HEAD}", f"part > {_HEAD}"):
                self._client.delete(self._collection, f"{_begins(prefix)} and {condition}")
        self._client.sync()

    def delete_named(self, names: Sequence[str]) -> None:
        """Remove blobs by their names."""
        for some in _runs(names, _NAMES_AT_ONCE):
            heads = self._heads(_equal("id", some), strong=True)
            self._client.delete(self._collection, _equal("id", some))
            self._delete_parts(heads)
        self._client.sync()

    def _upsert(self, rows: Sequence[Row]) -> int:
        return self._client.upsert(self._collection, rows)

    def _heads(self, condition: str, *, strong: bool) -> list[Row]:
        return self._client.rows(self._collection, condition, _HEAD_FIELDS, strong=strong)

    def _whole(self, condition: str, *, strong: bool) -> dict[str, bytes]:
        """The blobs of the heads that satisfy a condition, read again if replaced meanwhile."""
        for _ in range(_TRIES):
            heads = self._heads(condition, strong=strong)
            self._client.see(max((head["written"] for head in heads), default=0))
            parts = self._parts(heads)
            if parts is not None:
                return {head["name"]: _value(head, parts) for head in heads}
            time.sleep(_TRY_SECONDS)
        raise EngineUnreachable("a blob in Milvus was replaced each time that it was read")

    def _parts(self, heads: Sequence[Row]) -> dict[str, str] | None:
        """The parts of blobs by key; None where some are missing: their head was replaced."""
        keys = [key for head in heads for key in _part_keys(head)]
        found: dict[str, str] = {}
        for some in _runs(keys, _PARTS_AT_ONCE):
            rows = self._client.rows(self._collection, _equal("id", some), ["id", "value"])
            found |= {row["id"]: row["value"] for row in rows}
        return found if len(found) == len(keys) else None

    def _delete_parts(self, heads: Sequence[Row]) -> None:
        keys = [key for head in heads for key in _part_keys(head)]
        for some in _runs(keys, _KEYS_AT_ONCE):
            self._client.delete(self._collection, _equal("id", some))


def _rows(name: str, value: bytes) -> tuple[Row, list[Row]]:
    """The head and the parts of a blob."""
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"the name of a blob has {len(name)} letters, {_LONGEST_NAME} at most")
    writing = secrets.token_hex(8)
    head = {
        "id": name,
        "name": name,
        "part": _HEAD,
        "parts": 0,
        "writing": writing,
        "written": 0,
        "value": "",
        "nothing": _NO_VECTOR,
    }
    if len(value) <= _PART_BYTES:
        return head | {"value": b64encode(value).decode("ascii")}, []
    starts = range(0, len(value), _PART_BYTES)
    head["parts"] = len(starts)
    parts = [
        head
        | {
            "id": key,
            "part": number,
            "value": b64encode(value[start : start + _PART_BYTES]).decode("ascii"),
        }
        for number, (key, start) in enumerate(zip(_part_keys(head), starts, strict=True))
    ]
    return head, parts


def _part_keys(head: Row) -> list[str]:
    # No name has a #.
    return [f"{head['name']}#{head['writing']}#{number}" for number in range(head["parts"])]


def _value(head: Row, parts: Mapping[str, str]) -> bytes:
    if not head["parts"]:
        return b64decode(head["value"])
    return b"".join(b64decode(parts[key]) for key in _part_keys(head))


def _equal(field: str, texts: Sequence[str]) -> str:
    return f"{field} in {json.dumps(list(texts))}"


def _has_wildcard(prefix: str) -> bool:
    """Whether a prefix has what means something to ``like``, and what no name has."""
    return any(letter in prefix for letter in "%_\\")


def _begins(prefix: str) -> str:
    return f"name like {json.dumps(prefix + '%')}"


def _batches(blobs: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, bytes]]:
    """Blobs of some megabytes together, or one that is longer; a name's last blob counts."""
    batch: dict[str, bytes] = {}
    size = 0
    for name, value in blobs:
        if batch and (size + len(value) > _BATCH_BYTES or len(batch) >= _NAMES_AT_ONCE):
            yield batch
            batch, size = {}, 0
        batch[name] = value
        size += len(value)
    if batch:
        yield batch


def _messages(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows for a message each: 400 rows with values of 64,000 bytes would be too long for one."""
    return _runs(rows, _BATCH_BYTES // (_PART_BYTES * 4 // 3))


def _runs(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while run := list(islice(rest, size)):
        yield run

"""Rows in the binary format of PostgreSQL's COPY, and pgvector's binary halfvec.

A file begins with a signature of 11 bytes and two zeros of 32 bits, and ends with -1 of 16 bits; a
row is a count of fields, each with its length, -1 for null; numbers are big-endian (PostgreSQL's
manual, "COPY", Binary Format). A halfvec is its dimension and zero, of 16 bits each, then its
numbers in half precision, big-endian (seen with pgvector 0.8.6).
"""

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.disk.ids import Ids

if TYPE_CHECKING:
    from semsearch.store.collection.engine import NewTexts
    from semsearch.store.record.vectors import StoredVectors

_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_HEAD: Final = struct.Struct(">hiqi")  # fields, length of the key, key, length of what follows
_SIZE: Final = struct.Struct(">i")
_NULL: Final = -1


def vector_rows(keys: Ids, vectors: "StoredVectors") -> bytes:
    """Rows of (key bigint, segment integer, vector halfvec)."""
    dimension = vectors.shape[1]
    rows = np.zeros(
        len(keys),
        dtype=[
            ("fields", ">i2"),
            ("key_size", ">i4"),
            ("key", ">i8"),
            ("segment_size", ">i4"),
            ("segment", ">i4"),
            ("vector_size", ">i4"),
            *_halfvec(dimension),
        ],
    )
    rows["fields"], rows["key_size"], rows["segment_size"] = 3, 8, 4
    rows["key"], rows["segment"] = keys, keys >> 32
    rows["vector_size"], rows["dimension"] = 4 + 2 * dimension, dimension
    rows["numbers"] = np.asarray(vectors, dtype="<f2").view("<u2")  # their bits, not converted
    return _SIGNATURE + rows.tobytes() + _END


def text_rows(texts: "NewTexts") -> bytes:
    """Rows of (key bigint, sentences bytea, places bytea, body bytea)."""
    pieces = [_SIGNATURE]
    columns = zip(texts.keys.tolist(), texts.sentences, texts.places, texts.bodies, strict=True)
    for key, sentences, places, text in columns:
        body = text.encode()
        pieces += (
            _HEAD.pack(4, 8, key, len(sentences) or _NULL),
            sentences,
            _SIZE.pack(len(places)),
            places,
            _SIZE.pack(len(body)),
            body,
        )
    pieces.append(_END)
    return b"".join(pieces)


def vectors_of(rows: Sequence[bytes], dimension: int) -> "StoredVectors":
    """Vectors (n, dimension) of binary halfvecs."""
    read = np.frombuffer(b"".join(rows), dtype=_halfvec(dimension))
    found: StoredVectors = read["numbers"].astype("<u2").view("<f2")
    return found


def _halfvec(dimension: int) -> list[tuple[str, str] | tuple[str, str, tuple[int]]]:
    return [("dimension", ">i2"), ("zero", ">i2"), ("numbers", ">u2", (dimension,))]

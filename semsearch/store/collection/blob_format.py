"""Named arrays and bytes ↔ one blob, with a checksum."""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_MAGIC: Final = b"SSB1"
_LENGTH: Final = 4  # bytes of the checksum, and of the length of the header
_PLAIN: Final = "bytes"
_TYPES: Final = frozenset({"|u1", "|i1", "<u2", "<u4", "<i4", "<i8", "<u8", "<f2", "<f4", _PLAIN})
_LARGEST: Final = 1 << 31  # bytes, unpacked
# What reading raises of values that semsearch does not write.
_WRONG: Final = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    MemoryError,
    zlib.error,
)


def packed(parts: "Mapping[str, Array | bytes]") -> bytes:
    """Pack arrays of one dimension, and bytes, by their names.

    >>> unpacked(packed({"a": b"xyz"}), "a blob")["a"].tobytes()
    b'xyz'
    """
    header, bodies = [], []
    for name, part in parts.items():
        if isinstance(part, bytes):
            kind, body = _PLAIN, part
        else:
            kind, body = (
                part.dtype.newbyteorder("<").str,
                part.astype(part.dtype.newbyteorder("<")).tobytes(),
            )
        header.append([name, kind, len(body)])
        bodies.append(body)
    head = json.dumps(header).encode()
    body = zlib.compress(len(head).to_bytes(_LENGTH, "little") + head + b"".join(bodies), 1)
    return _MAGIC + zlib.crc32(body).to_bytes(_LENGTH, "little") + body


def unpacked(blob: bytes | None, what: str) -> "Mapping[str, Array]":
    """The arrays of a blob; bytes as arrays of uint8. ``what`` names it in an ``IndexDamaged``."""
    with damaged_values(what):
        if blob is None or blob[: len(_MAGIC)] != _MAGIC:
            raise ValueError("it is not there, or no blob")
        body = blob[len(_MAGIC) + _LENGTH :]
        if zlib.crc32(body).to_bytes(_LENGTH, "little") != blob[len(_MAGIC) :][:_LENGTH]:
            raise ValueError("its checksum differs")
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(body, _LARGEST)
        if unpacking.unconsumed_tail:
            raise ValueError("it is too large")
        return _parts(plain)


def _parts(plain: bytes) -> "Mapping[str, Array]":
    at = _LENGTH + int.from_bytes(plain[:_LENGTH], "little")
    found: dict[str, Array] = {}
    for name, kind, length in parsed(plain[_LENGTH:at]):
        if kind not in _TYPES or not 0 <= length <= len(plain) - at:
            raise ValueError("its header is wrong")
        part = plain[at : at + length]
        found[name] = np.frombuffer(part, dtype=np.uint8 if kind == _PLAIN else kind)
        at += length
    return found


@contextmanager
def damaged_values(what: str) -> Iterator[None]:
    """Raise ``IndexDamaged`` for what a blob or row has other than semsearch writes."""
    try:
        yield
    except _WRONG as error:
        raise damaged(f"{what}: {error}") from error


def damaged(what: str) -> IndexDamaged:
    """The error for a blob or a row that no semsearch has written."""
    return IndexDamaged(f"the collection is damaged ({what}); run: semsearch publish --anew")

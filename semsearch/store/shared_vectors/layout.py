"""The format of a file of shared vectors.

    magic and version   8 bytes
    header              its length (4 bytes), then JSON
    probe vectors       float32, (probes, dimension)
    digests             SHA-256 of each text, ascending
    index hash          SHA-256 of all of the above
    entries             for each digest: number of parts (4 bytes), hash (16 bytes), float16 row

Numbers are little-endian. The hash of an entry covers the digest of its text, so that no entry can
pass for that of another text. An entry whose hash does not fit counts as absent; one that was never
filled has a hash of zeros.
"""

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.store.record.generations import MOST_NUMBERS
from semsearch.store.record.json_text import parsed
from semsearch.store.record.vectors import PROBE_DTYPE, STORED_BYTES

if TYPE_CHECKING:
    import numpy.typing as npt

VERSION: Final = 1
MAGIC: Final = b"SSCHVEC"  # one byte with the version follows
DIGEST: Final = 32  # bytes
LARGEST_HEADER: Final = 1 << 16  # bytes
PROBE_BYTES: Final = 4  # of a number of a probe vector
_LENGTH: Final = struct.Struct("<I")
START: Final = len(MAGIC) + 1 + _LENGTH.size  # bytes before the header
_PARTS: Final = struct.Struct("<I")
_HASH: Final = 16  # bytes
_BEFORE_ROW: Final = _PARTS.size + _HASH
_MOST_PROBES: Final = 64
_MOST_TEXTS: Final = 1 << 40


class UnusableFile(Exception):
    """A file is none of shared vectors, or is damaged, or of a later version; says which."""


class Entry(NamedTuple):
    """The vector of a text: the number of its parts, and its row as the record stores it."""

    parts: int
    row: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its vectors; ``calibration`` is the note of the embedder's, or None.

    ``created`` is the time of the newest vector, in UTC (ISO 8601).
    """

    uri: str
    dimension: int
    count: int
    probes: int
    created: str
    calibration: str | None = None

    @property
    def entry_bytes(self) -> int:
        """The size of an entry."""
        return _BEFORE_ROW + STORED_BYTES * self.dimension

    @property
    def probes_bytes(self) -> int:
        """The size of all probe vectors."""
        return PROBE_BYTES * self.probes * self.dimension

    def encoded(self) -> bytes:
        """The beginning of a file up to the probe vectors."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()
        return MAGIC + bytes([VERSION]) + _LENGTH.pack(len(text)) + text


def header_length(start: bytes) -> int:
    """The length of the JSON, from the first ``START`` bytes of a file; raises ``UnusableFile``."""
    if len(start) < START or not start.startswith(MAGIC):
        raise UnusableFile("is no file of shared vectors")
    if start[len(MAGIC)] != VERSION:
        raise UnusableFile("was written by another version of semsearch")
    (length,) = _LENGTH.unpack(start[-_LENGTH.size :])
    if length > LARGEST_HEADER:
        raise UnusableFile("is damaged")
    return int(length)


def decoded_header(text: bytes) -> Header:
    """The header of its JSON; raises ``UnusableFile``."""
    try:
        header = Header(**parsed(text.decode("utf-8")))
    except (TypeError, ValueError) as error:
        raise UnusableFile("is damaged") from error
    numbers = (
        (header.dimension, 1, MOST_NUMBERS),
        (header.count, 1, _MOST_TEXTS),
        (header.probes, 1, _MOST_PROBES),
    )
    are_numbers = all(type(one) is int and low <= one <= high for one, low, high in numbers)
    words = (header.uri, header.created)
    are_words = all(isinstance(one, str) for one in words)
    if not (are_numbers and are_words and isinstance(header.calibration, (str, type(None)))):
        raise UnusableFile("is damaged")
    return header


def decoded_probes(content: bytes, header: Header) -> Vectors:
    """The probe vectors (probes, dimension); raises ``UnusableFile`` where one is not finite."""
    found = np.frombuffer(content, PROBE_DTYPE).astype(np.float32)
    probes: Vectors = found.reshape(header.probes, header.dimension)
    if not np.isfinite(probes).all():
        raise UnusableFile("is damaged")
    return probes


def entry_hash(digest: bytes, parts: int, row: bytes) -> bytes:
    """BLAKE2b (16 bytes) of an entry and the digest of its text."""
    content = digest + _PARTS.pack(parts) + row
    return hashlib.blake2b(content, digest_size=_HASH).digest()


def encoded_entry(digest: bytes, entry: Entry | None, header: Header) -> bytes:
    """The bytes of an entry; None is the entry of a text whose vector is absent."""
    if entry is None:
        return bytes(header.entry_bytes)
    own = entry_hash(digest, entry.parts, entry.row)
    return _PARTS.pack(entry.parts) + own + entry.row


def decoded_entry(digest: bytes, content: bytes) -> Entry | None:
    """The entry of a text; None where it is absent, damaged or that of another text."""
    parts, row = _PARTS.unpack_from(content)[0], content[_BEFORE_ROW:]
    if entry_hash(digest, parts, row) != content[_PARTS.size : _BEFORE_ROW]:
        return None
    return Entry(int(parts), row)


def prefixes_of(digests: bytes | bytearray) -> "npt.NDArray[np.uint64]":
    """The first 8 bytes of each digest as a number; they ascend as the digests do."""
    found: npt.NDArray[Any] = np.frombuffer(digests, ">u8").reshape(-1, DIGEST // 8)[:, 0]
    return found.astype(np.uint64)


def joined(digests: Iterable[bytes]) -> bytes:
    """Digests one after the other."""
    return b"".join(digests)

"""The manifest of an ANN index: the files of its segments, and the texts deleted from each."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.embedders.lazy_numpy import np
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids

_MARK: Final = b"semsearch segments 1\n"  # no faiss file begins with it
MARK_BYTES: Final = len(_MARK)
_NAME: Final = re.compile(r"ann-\d{6,}(-\d+)?\.faiss")  # cannot point out of the directory
_IDS: Final = "<i8"
_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A file in the index directory, and the SHA-256 of its content."""

    name: str
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A segment's file, and the ids of the texts that were deleted from it, ascending."""

    file: SegmentFile
    gone: Ids


def as_manifest(segments: Sequence[Listed]) -> bytes:
    """Serialise segments for ``listed_in``: one line of JSON, followed by the deleted ids."""
    lines = [[one.file.name, one.file.digest.hex(), len(one.gone)] for one in segments]
    ids = b"".join(one.gone.astype(_IDS).tobytes() for one in segments)
    return _MARK + json.dumps(lines).encode() + b"\n" + ids


def is_manifest(start: bytes) -> bool:
    """Whether a file whose first ``MARK_BYTES`` are given is a manifest, not a segment."""
    return start[:MARK_BYTES] == _MARK


def listed_in(content: bytes) -> list[Listed]:
    """The segments of a manifest; raises ``IndexDamaged`` when it cannot be read."""
    return [
        Listed(file, np.frombuffer(gone, _IDS).astype(np.int64)) for file, gone in _parts(content)
    ]


def files_in(content: bytes) -> list[SegmentFile]:
    """The files of a manifest's segments; raises ``IndexDamaged`` when it cannot be read."""
    return [file for file, _ in _parts(content)]


def _parts(content: bytes) -> list[tuple[SegmentFile, bytes]]:
    """Each segment's file, and the bytes of its deleted ids."""
    try:
        line, _, ids = content[MARK_BYTES:].partition(b"\n")
        found, at = [], 0
        for name, digest, count in json.loads(line):
            if not _NAME.fullmatch(name):
                raise IndexDamaged("the index names a file that is none of its own")
            gone = ids[at : at + count * _ID_BYTES]
            if count < 0 or len(gone) != count * _ID_BYTES:
                raise ValueError("it ends within the ids")
            found.append((SegmentFile(name, bytes.fromhex(digest)), gone))
            at += len(gone)
    except (ValueError, TypeError) as error:
        raise IndexDamaged("the list of the ANN index's segments is damaged") from error
    return found

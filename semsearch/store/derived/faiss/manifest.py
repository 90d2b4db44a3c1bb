"""The manifest of an ANN index: the files of its segments, and the texts deleted from each."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids

_MARK: Final = b"semsearch segments 1\n"  # no faiss file begins with it
MARK_BYTES: Final = len(_MARK)
_NAME: Final = re.compile(r"ann-\d{6,}(-\d+)?\.faiss")  # cannot point out of the directory
_IDS: Final = np.dtype("<i8")


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
    try:
        line, _, ids = content[MARK_BYTES:].partition(b"\n")
        found, at = [], 0
        for name, digest, gone in json.loads(line):
            if not _NAME.fullmatch(name):
                raise IndexDamaged("the index names a file that is none of its own")
            file = SegmentFile(name, bytes.fromhex(digest))
            found.append(Listed(file, np.frombuffer(ids, _IDS, gone, at).astype(np.int64)))
            at += gone * _IDS.itemsize
    except (ValueError, TypeError) as error:
        raise IndexDamaged("the list of the ANN index's segments is damaged") from error
    return found

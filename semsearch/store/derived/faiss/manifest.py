"""The manifest of an ANN index: which files its segments are in, and what of them has gone."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids

_MARK: Final = b"semsearch segments 1\n"  # no faiss index begins so
MARK_BYTES: Final = len(_MARK)
_NAME: Final = re.compile(r"ann-\d{6,}(-\d+)?\.faiss")  # no way out of the directory
_IDS: Final = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A file of the index's directory, and the SHA-256 of what is in it."""

    name: str
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A segment's file, and the texts of it that do not count any more (ids, ascending)."""

    file: SegmentFile
    gone: Ids


def as_manifest(segments: Sequence[Listed]) -> bytes:
    """For ``listed_in`` to read: a line of JSON, and the ids behind it."""
    lines = [[one.file.name, one.file.digest.hex(), len(one.gone)] for one in segments]
    ids = b"".join(one.gone.astype(_IDS).tobytes() for one in segments)
    return _MARK + json.dumps(lines).encode() + b"\n" + ids


def is_manifest(start: bytes) -> bool:
    """Whether a file that begins with these ``MARK_BYTES`` is a manifest; else it is a segment."""
    return start[:MARK_BYTES] == _MARK


def listed_in(content: bytes) -> list[Listed]:
    """The segments of a manifest; raises ``IndexDamaged`` where it is none that was written."""
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

"""One file of shared vectors, opened for reading.

It is read at offsets and not mapped: where another machine removes a file of a network file system,
a read ends with an error, and the access to a map with a signal that ends the process.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.safe_open import NotRegular, open_regular
from semsearch.store.disk.safe_files import is_own
from semsearch.store.shared_vectors.layout import (
    DIGEST,
    START,
    Entry,
    Header,
    UnusableFile,
    decoded_entry,
    decoded_header,
    decoded_probes,
    header_length,
    joined,
    prefixes_of,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_BLOCK: Final = 1 << 15  # digests read at once: 1 MB
_SPAN: Final = 1 << 20  # bytes of entries read at once
_GAP: Final = 1 << 15  # bytes between two entries that are read along rather than skipped


@dataclass(frozen=True, slots=True, eq=False)
class VectorFile:
    """A file that is open; 8 bytes of each digest are in memory, entries are read when asked for.

    ``first_entry`` is the offset of the first of them.
    """

    path: Path
    header: Header
    probes: Vectors
    first_digest: int
    prefixes: "npt.NDArray[np.uint64]"
    _file: BufferedReader

    @classmethod
    def open(cls, path: Path, uri: str) -> Self:
        """Open and check a file of vectors of an embedder; its entries are checked when read.

        Raises ``UnusableFile`` and ``OSError``.
        """
        try:
            file = open_regular(path)
        except NotRegular as error:
            raise UnusableFile("is no regular file") from error
        try:
            return cls._checked(path, uri, file)
        except BaseException:
            file.close()
            raise

    @classmethod
    def _checked(cls, path: Path, uri: str, file: BufferedReader) -> Self:
        found = os.fstat(file.fileno())
        if not is_own(found):
            raise UnusableFile("belongs to another user")
        start = file.read(START)
        start += file.read(header_length(start))
        header = decoded_header(start[START:])
        if header.uri != uri:
            raise UnusableFile("has vectors of another embedder")
        first_digest = len(start) + header.probes_bytes
        after = first_digest + DIGEST * header.count + hashlib.sha256().digest_size
        if found.st_size != after + header.entry_bytes * header.count:
            raise UnusableFile("is truncated")
        content = _whole(file, header.probes_bytes)
        own = hashlib.sha256(start + content)
        prefixes = np.empty(header.count, dtype=np.uint64)
        for first in range(0, header.count, _BLOCK):
            last = min(first + _BLOCK, header.count)
            digests = _whole(file, DIGEST * (last - first))
            own.update(digests)
            prefixes[first:last] = prefixes_of(digests)
        if file.read(own.digest_size) != own.digest():
            raise UnusableFile("is damaged")
        return cls(path, header, decoded_probes(content, header), first_digest, prefixes, file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def first_entry(self) -> int:
        """The offset of the first entry."""
        digests = DIGEST * self.header.count
        return self.first_digest + digests + hashlib.sha256().digest_size

    def entries(self, digests: Sequence[bytes]) -> dict[bytes, Entry]:
        """The sound entries of those texts that the file has, by digest.

        Raises ``OSError``, and ``UnusableFile`` where the file has become shorter.
        """
        if not digests:
            return {}
        keys = prefixes_of(joined(digests))
        first = np.searchsorted(self.prefixes, keys, "left")
        last = np.searchsorted(self.prefixes, keys, "right")
        places = sorted(
            (position, number)
            for number in np.flatnonzero(last > first).tolist()
            for position in range(int(first[number]), int(last[number]))
        )
        found = {}
        for group in self._near(places):
            begin = group[0][0]
            content = self._read_entries(begin, group[-1][0] + 1)
            for position, number in group:
                at = (position - begin) * self.header.entry_bytes
                own = content[at : at + self.header.entry_bytes]
                if (entry := decoded_entry(digests[number], own)) is not None:
                    found[digests[number]] = entry
        return found

    def _near(self, places: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
        """Places in groups that one read takes, so that a network is waited for seldom."""
        size = self.header.entry_bytes
        group: list[tuple[int, int]] = []
        for place in places:
            is_far = group and (
                (place[0] - group[-1][0]) * size > _GAP
                or (place[0] + 1 - group[0][0]) * size > _SPAN
            )
            if is_far:
                yield group
                group = []
            group.append(place)
        if group:
            yield group

    def _read_entries(self, begin: int, end: int) -> bytes:
        size = self.header.entry_bytes
        self._file.seek(self.first_entry + begin * size)
        return _whole(self._file, (end - begin) * size)

    def digests(self) -> Iterator[bytes]:
        """All digests, ascending; raises ``OSError`` and ``UnusableFile``."""
        for first in range(0, self.header.count, _BLOCK):
            self._file.seek(self.first_digest + DIGEST * first)
            content = _whole(self._file, DIGEST * min(_BLOCK, self.header.count - first))
            yield from (content[at : at + DIGEST] for at in range(0, len(content), DIGEST))


def _whole(file: BufferedReader, size: int) -> bytes:
    content = file.read(size)
    if len(content) != size:
        raise UnusableFile("is truncated")
    return content

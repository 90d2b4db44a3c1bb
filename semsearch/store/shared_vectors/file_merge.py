"""One file of shared vectors made of several small ones.

Machines that merge equal files at once write equal files under one name. Large files are left
alone, so that each vector is written again a few times only, however many runs there are.
"""

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.atomic_files import remove_old_temporaries
from semsearch.store.policy import SharingPolicy
from semsearch.store.shared_vectors.file_writer import write_file
from semsearch.store.shared_vectors.layout import DIGEST, Entry, Header
from semsearch.store.shared_vectors.vector_file import VectorFile

_BLOCK: Final = 512  # entries in memory
_DAY: Final = 86_400.0  # seconds


def to_merge(
    files: Sequence[VectorFile], policy: SharingPolicy, agree: Callable[[Vectors, Vectors], bool]
) -> Sequence[VectorFile]:
    """The smallest of many files, of one version of the model; none where there are not many."""
    if len(files) <= policy.files:
        return ()
    by_size = sorted(files, key=lambda one: (one.header.count, one.path.name))
    small = by_size[: len(files) - policy.files_left + 1]
    newest = _newest(small)
    alike = [one for one in small if agree(one.probes, newest.probes)]
    return alike if len(alike) > 1 else ()


def merged(folder: Path, files: Sequence[VectorFile]) -> Path:
    """Write one file with the texts of all; returns its path. The others stay.

    A text that several have gets the first sound entry by the names of the files. Raises
    ``OSError`` and ``UnusableFile``.
    """
    remove_old_temporaries(folder, _DAY)  # of killed writers on whatever machine
    files = sorted(files, key=lambda one: one.path.name)
    digests = bytearray()
    for digest, _ in groupby(merge(*(one.digests() for one in files))):
        digests += digest
    newest = _newest(files)
    measured = [one for one in files if one.header.calibration is not None]
    header = Header(
        newest.header.uri,
        newest.header.dimension,
        len(digests) // DIGEST,
        newest.header.probes,
        newest.header.created,
        _newest(measured).header.calibration if measured else None,
    )
    return write_file(folder, header, newest.probes, bytes(digests), _entries(files, digests))


def _entries(files: Sequence[VectorFile], digests: bytearray) -> Iterator[Entry | None]:
    all_of_them = (bytes(digests[at : at + DIGEST]) for at in range(0, len(digests), DIGEST))
    while some := list(islice(all_of_them, _BLOCK)):
        found: dict[bytes, Entry] = {}
        for file in files:
            found |= file.entries([digest for digest in some if digest not in found])
        yield from map(found.get, some)


def _newest(files: Sequence[VectorFile]) -> VectorFile:
    return max(files, key=lambda one: (one.header.created, one.path.name))

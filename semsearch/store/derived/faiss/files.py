"""An ANN index on disk: one file, or a manifest and one file for each segment."""

import hashlib
import os
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.errors import IndexDamaged
from semsearch.safe_open import open_regular
from semsearch.store.derived.faiss.manifest import (
    MARK_BYTES,
    Listed,
    SegmentFile,
    as_manifest,
    files_in,
    is_manifest,
    listed_in,
)
from semsearch.store.derived.file_stamps import Stamps
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import no_ids

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.build import AnnBuild
    from semsearch.store.derived.faiss.faiss import FaissIndex
    from semsearch.store.derived.faiss.index import AnnIndex
    from semsearch.store.derived.faiss.segment import Segment

_MAPPED: Final = 1 << 20  # bytes; a larger file is memory-mapped

_Content = bytes | mmap


def put_ann(directory: IndexDirectory, number: int, ann: "AnnIndex") -> SegmentFile:
    """Write the new segments of an index for generation ``number``, and its manifest.

    Returns the file that names all others, or the only file.
    """
    new = [segment for segment in ann.segments if segment.file is None]
    if len(ann.segments) == 1 and new and not len(new[0].gone):
        return _put(directory, directory.ann_file(number), new[0].index.dump())
    paths = (directory.ann_file(number, part) for part in range(len(new)))
    listed = [
        Listed(segment.file or _put(directory, next(paths), segment.index.dump()), segment.gone)
        for segment in ann.segments
    ]
    return _put(directory, directory.ann_file(number), as_manifest(listed))


def put_built(directory: IndexDirectory, number: int, build: "AnnBuild") -> tuple[SegmentFile, int]:
    """Write an index as ``put_ann``, each segment when it is made; returns its number of texts."""
    if build.parts == 1:
        (segment,) = build.segments()
        return _put(directory, directory.ann_file(number), segment.index.dump()), len(segment)
    listed, texts = [], 0
    for part, segment in enumerate(build.segments()):
        file = _put(directory, directory.ann_file(number, part), segment.index.dump())
        listed.append(Listed(file, segment.gone))
        texts += len(segment)
        del segment  # memory has one at a time
    return _put(directory, directory.ann_file(number), as_manifest(listed)), texts


def _put(directory: IndexDirectory, path: Path, content: bytes | memoryview) -> SegmentFile:
    return SegmentFile(path.name, directory.put_file(path, content))


def read_ann(
    directory: IndexDirectory,
    file: SegmentFile,
    stamps: Stamps,
    there: "Sequence[Segment]" = (),
) -> "AnnIndex":
    """Open an index that ``put_ann`` wrote; raises ``IndexDamaged`` when a digest does not fit.

    Segments that are open already, in ``there``, are shared and not read again.
    """
    # Imported here: a keyword search needs no vectors.
    from semsearch.store.derived.faiss.flat_file import FlatFile
    from semsearch.store.derived.faiss.index import AnnIndex
    from semsearch.store.derived.faiss.segment import Segment

    indexes = {segment.file: segment.index for segment in there}
    segments = []
    for listed in _listed(directory, file, stamps):
        index = indexes.get(listed.file)
        if index is None:
            content = _content(directory, listed.file, stamps)
            index = FlatFile.load(content) or _by_faiss(content)
        segments.append(Segment(index, listed.gone, listed.file))
    return AnnIndex(segments, policy=directory.policy.ann)


def _by_faiss(content: _Content) -> "FaissIndex":
    from semsearch.store.derived.faiss.faiss import FaissIndex  # here: a small index needs no faiss

    return FaissIndex.load(content)


def check_ann(directory: IndexDirectory, file: SegmentFile, stamps: Stamps) -> None:
    """Raise ``IndexDamaged`` when a digest of an index's files does not fit."""
    segments = [file]
    if _is_list(directory, file):
        segments = files_in(bytes(_content(directory, file, stamps)))
    for segment in segments:
        _content(directory, segment, stamps)  # compares it with its digest


def ann_paths(directory: IndexDirectory, name: str) -> list[Path]:
    """The files of an index; only the first one if that is a damaged manifest."""
    path = directory.path / name
    try:
        files = files_in(path.read_bytes()) if _begins_as_list(path) else []
    except (OSError, IndexDamaged):
        files = []
    return [path, *(directory.path / file.name for file in files)]


def _listed(directory: IndexDirectory, file: SegmentFile, stamps: Stamps) -> list[Listed]:
    """The segments of an index; an index without a manifest is a single segment."""
    if not _is_list(directory, file):
        return [Listed(file, no_ids())]
    return listed_in(bytes(_content(directory, file, stamps)))


def _is_list(directory: IndexDirectory, file: SegmentFile) -> bool:
    """Whether a file is a manifest, not a segment; raises ``IndexDamaged``."""
    try:
        return _begins_as_list(directory.path / file.name)
    except OSError as error:
        raise _unreadable(file, error) from error


def _begins_as_list(path: Path) -> bool:
    with open_regular(path) as file:
        return is_manifest(file.read(MARK_BYTES))


def _content(directory: IndexDirectory, wanted: SegmentFile, stamps: Stamps) -> _Content:
    try:
        with open_regular(directory.path / wanted.name) as file:
            stat = os.fstat(file.fileno())
            # Hashed by reading: a read error within a memory map would end the process.
            is_known = stamps.vouch_for(wanted.name, stat)
            digest = None if is_known else hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            # Windows cannot remove a mapped file.
            is_mapped = stat.st_size > _MAPPED and os.name != "nt"
            content = mmap(file.fileno(), 0, access=ACCESS_READ) if is_mapped else file.read()
    except OSError as error:
        raise _unreadable(wanted, error) from error
    if digest not in (None, wanted.digest):
        raise IndexDamaged(f"the ANN file {wanted.name} is not what was written")
    return content


def _unreadable(file: SegmentFile, error: OSError) -> IndexDamaged:
    return IndexDamaged(f"the ANN file {file.name} cannot be read ({error.strerror})")

"""An ANN index on the disk: one file, or a manifest and a file for each of its segments."""

import hashlib
import os
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from semsearch.errors import IndexDamaged
from semsearch.opening import open_regular
from semsearch.store.directory import IndexDirectory
from semsearch.store.files import put_file
from semsearch.store.ids import NO_IDS
from semsearch.store.segments import Listed, SegmentFile, as_manifest, is_manifest, listed_in
from semsearch.store.stamps import Stamps

if TYPE_CHECKING:
    from semsearch.store.ann import AnnIndex, Segment

_MAPPED: Final = 1 << 20  # bytes; a larger file is mapped, and read as far as it is needed

_Content = bytes | mmap


def put_ann(directory: IndexDirectory, number: int, ann: "AnnIndex") -> SegmentFile:
    """Write what of an index is nowhere yet, for generation ``number``; returns its one file."""
    new = [segment for segment in ann.segments if segment.file is None]
    if len(ann.segments) == 1 and new and not len(new[0].gone):
        return _put(directory.ann_file(number), new[0].index.dump())
    paths = (directory.ann_file(number, part) for part in range(len(new)))
    listed = [
        Listed(segment.file or _put(next(paths), segment.index.dump()), segment.gone)
        for segment in ann.segments
    ]
    return _put(directory.ann_file(number), as_manifest(listed))


def _put(path: Path, content: bytes | memoryview) -> SegmentFile:
    return SegmentFile(path.name, put_file(path, content))


def read_ann(directory: IndexDirectory, file: SegmentFile, stamps: Stamps) -> "AnnIndex":
    """Open what ``put_ann`` gave; raises ``IndexDamaged`` when it is not what was written."""
    from semsearch.store.ann import AnnIndex  # here: what compares no vectors does not wait for it

    return AnnIndex([_segment(*part) for part in _parts(directory, file, stamps)])


def _segment(listed: Listed, content: _Content) -> "Segment":
    from semsearch.store.ann import Segment  # here, as above
    from semsearch.store.faiss_index import FaissIndex

    return Segment(FaissIndex.load(content), listed.gone, listed.file)


def check_ann(directory: IndexDirectory, file: SegmentFile, stamps: Stamps) -> None:
    """Raise ``IndexDamaged`` when a file of an index is not what was written."""
    for _ in _parts(directory, file, stamps):
        pass  # each was compared with its digest when it was read


def ann_paths(directory: IndexDirectory, name: str) -> list[Path]:
    """The files of an index, as far as its first one tells them."""
    path = directory.path / name
    try:
        with open_regular(path) as file:
            content = file.read(_MAPPED)
            if not is_manifest(content):
                return [path]
            listed = listed_in(content + file.read())
    except (OSError, IndexDamaged):
        return [path]
    return [path, *(directory.path / one.file.name for one in listed)]


def _parts(
    directory: IndexDirectory, file: SegmentFile, stamps: Stamps
) -> Iterator[tuple[Listed, _Content]]:
    """Each segment, and what is in its file."""
    content = _content(directory, file, stamps)
    if not is_manifest(content):
        yield Listed(file, NO_IDS), content
        return
    for listed in listed_in(bytes(content)):
        yield listed, _content(directory, listed.file, stamps)


def _content(directory: IndexDirectory, wanted: SegmentFile, stamps: Stamps) -> _Content:
    try:
        with open_regular(directory.path / wanted.name) as file:
            stat = os.fstat(file.fileno())
            # It is hashed by reading: what a disk cannot read of a map ends the process.
            is_known = stamps.vouch_for(wanted.name, stat)
            digest = None if is_known else _digest_of(file)
            file.seek(0)
            # (On Windows a file that is mapped cannot be removed.)
            is_mapped = stat.st_size > _MAPPED and os.name != "nt"
            content = mmap(file.fileno(), 0, access=ACCESS_READ) if is_mapped else file.read()
    except OSError as error:
        raise IndexDamaged(
            f"the ANN file {wanted.name} cannot be read ({error.strerror})"
        ) from error
    if digest not in (None, wanted.digest):
        raise IndexDamaged(f"the ANN file {wanted.name} is not what was written")
    return content


def _digest_of(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while block := file.read(_MAPPED):
        digest.update(block)
    return digest.digest()

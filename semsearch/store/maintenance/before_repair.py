"""A copy of the record's bytes from before a repair, beside it."""

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.errors import DiskFull
from semsearch.safe_open import open_regular
from semsearch.store.disk.atomic_files import put_made, remove, storage_errors, temporary_beside
from semsearch.store.disk.directory import IndexDirectory

if TYPE_CHECKING:
    from semsearch.store.maintenance.salvage import Repair


@contextmanager
def bytes_kept(directory: IndexDirectory) -> Iterator[list["Repair"]]:
    """Copy the record and its log before the context; the caller holds the writer's lock.

    The copy stays until ``verify --full`` finds the index whole, unless the caller puts into the
    list a repair that found no damage. A copy of an earlier repair stays as it is, beside this one.
    Raises ``DiskFull`` where the copy has no room.
    """
    kept = _copied(directory)
    done: list[Repair] = []
    yield done
    if done and not done[0].found:
        for copy in kept:
            remove(copy)


def _copied(directory: IndexDirectory) -> list[Path]:
    """The files that were made: none where an earlier copy has the same bytes."""
    sources = [path for path in _with_log(directory.record) if path.exists()]
    copies = [_with_log(directory.before_repair)]
    while any(path.exists() for path in copies[-1]):
        if _are_same(_with_log(directory.record), copies[-1]):
            return []
        again = f"{directory.before_repair.stem}-{len(copies) + 1}{directory.before_repair.suffix}"
        copies.append(_with_log(directory.path / again))
    _require_room(directory, sources)
    made = []
    try:
        for path, copy in zip(_with_log(directory.record), copies[-1], strict=True):
            if path in sources:
                made.append(copy)
                _copy(path, copy)
    except BaseException:
        for copy in made:  # half a copy is none
            remove(copy)
        raise
    return made


def _with_log(record: Path) -> tuple[Path, Path]:
    return record.with_name(f"{record.name}-wal"), record


def _are_same(paths: Iterable[Path], others: Iterable[Path]) -> bool:
    """Whether the files of two records have the same bytes, or are both missing."""
    return all(
        path.exists() == other.exists()
        and (not path.exists() or filecmp.cmp(path, other, shallow=False))
        for path, other in zip(paths, others, strict=True)
    )


def _require_room(directory: IndexDirectory, paths: Iterable[Path]) -> None:
    with storage_errors(directory.path):
        needed = sum(path.stat().st_size for path in paths)
        free = shutil.disk_usage(directory.path).free
    if free < needed:
        raise DiskFull(
            f"the disk of {directory.path} has {free / 1e6:.0f} MB free, and a repair keeps a copy"
            f" of {needed / 1e6:.0f} MB; free {(needed - free) / 1e6:.0f} MB; nothing was changed"
        )


def _copy(path: Path, to: Path) -> None:
    made = temporary_beside(to)
    with storage_errors(path.parent):
        try:
            with open_regular(path) as source:
                descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(descriptor, "wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            put_made(made, to)
        finally:
            remove(made)

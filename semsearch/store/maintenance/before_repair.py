"""A copy of the record's bytes from before a repair, beside it."""

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
    list a repair that found no damage. Raises ``DiskFull`` where the copy has no room.
    """
    log = directory.record.with_name(f"{directory.record.name}-wal")
    kept = {directory.record: directory.before_repair}
    if log.exists():
        kept[log] = directory.before_repair.with_name(f"{directory.before_repair.name}-wal")
    _require_room(directory, kept)
    for path, copy in kept.items():
        _copy(path, copy)
    done: list[Repair] = []
    yield done
    if done and not done[0].found:
        for copy in kept.values():
            remove(copy)


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

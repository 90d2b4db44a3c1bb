"""Compares an index with the hashes that were kept of it."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.errors import IndexDamaged, IndexLocked
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.atomic_files import remove
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import find_index
from semsearch.store.maintenance.integrity import damages
from semsearch.store.record.connection import open_to_read


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; ``damages`` is empty when everything that was read is as it was written.

    ``is_full`` when every row and file was read, and not only what the newest generation needs.
    """

    index: Path
    is_full: bool
    bytes_on_disk: int
    seconds: float
    damages: tuple[str, ...]
    removed: tuple[str, ...]  # copies of the record in an earlier format, not needed any more

    def to_dict(self) -> dict[str, Any]:
        """The result of the check as JSON names and values."""
        return {
            "index": str(self.index),
            "full": self.is_full,
            "whole": not self.damages,
            "bytes": self.bytes_on_disk,
            "seconds": round(self.seconds, 3),
            "damages": list(self.damages),
            "removed": list(self.removed),
        }


def verify(
    index: str | Path | None = None, *, full: bool = False, settings: Settings | None = None
) -> Verification:
    """Compare an index with the hashes that were kept of it; opens no document.

    ``full`` reads every row and file. An index that is whole then needs no copy of itself in an
    earlier format any more: it is removed. Raises ``SemsearchError`` when there is none to read.
    """
    started = time.monotonic()
    directory = find_index(run_settings(settings, index=index))
    found = _damages(directory, full)
    removed = _without_backups(directory) if full and not found else ()
    return Verification(
        index=directory.path,
        is_full=full,
        bytes_on_disk=directory.bytes_on_disk,
        seconds=time.monotonic() - started,
        damages=found,
        removed=removed,
    )


def _damages(directory: IndexDirectory, full: bool) -> tuple[str, ...]:
    found: list[str] = []
    try:
        with open_to_read(directory.record) as connection:
            for damage in damages(connection, directory, full=full):
                found.append(damage)  # those before an error count, too
    except IndexDamaged as error:
        found.append(str(error))
    return tuple(found)


def _without_backups(directory: IndexDirectory) -> tuple[str, ...]:
    backups = directory.backups()
    if not backups:
        return ()
    try:
        with directory.locked():
            for path in backups:
                remove(path)
    except IndexLocked:
        return ()  # the next time
    return tuple(path.name for path in backups)

"""Verify an index: compare its rows and files with their stored hashes."""

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
    """The result of a verification; ``damages`` is empty when every hash that was read fits.

    ``is_full`` when every row and file was read, not only those of the newest generation.
    """

    index: Path
    is_full: bool
    bytes_on_disk: int
    seconds: float
    damages: tuple[str, ...]
    removed: tuple[str, ...]  # copies of the record, made before a migration or a repair

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
    """Compare an index with its stored hashes; opens no document.

    ``full`` reads every row and file, and then removes the copies of the record in earlier formats
    and from before a repair if the index is whole. Raises ``SemsearchError`` when there is no
    index.
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
                found.append(damage)  # keeps those found before an error
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
        return ()  # a later verification removes them
    return tuple(path.name for path in backups)

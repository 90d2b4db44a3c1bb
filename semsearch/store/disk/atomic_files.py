"""Write files atomically: under a temporary name, synced, verified, then renamed."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from semsearch.errors import (
    DiskFull,
    IndexDamaged,
    SemsearchError,
    SettingsError,
    StorageFailed,
)

_TEMPORARY_PREFIX: Final = ".tmp-"
_BLOCK: Final = 1 << 20
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FAILED: Final = (errno.EIO,)


def put_file(path: Path, content: bytes | memoryview) -> bytes:
    """Write ``content`` to a temporary file (0600), verify it, rename it; returns its SHA-256.

    FAISS and most libraries report success on a full disk. So the bytes are written and counted
    here, synced, and compared with the bytes read back before the file is renamed. Raises
    ``StorageFailed``, also when the disk returns other bytes.
    """
    digest = hashlib.sha256(content).digest()
    temporary = temporary_beside(path)
    with storage_errors(path.parent):
        try:
            _write(temporary, memoryview(content))
            if file_digest(temporary) != digest:
                raise StorageFailed(
                    f"{path.parent} gave back other bytes than were written; check the disk"
                )
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_directory(path.parent)
    return digest


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Translate every ``OSError`` within the context to an error of semsearch."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, place) from error


def storage_error(error: OSError, place: Path) -> SemsearchError:
    """The error of semsearch for an ``OSError`` at ``place``."""
    if error.errno in _FULL:
        return DiskFull(f"the disk of {place} is full; free some space and run this again")
    if error.errno == errno.EROFS:
        return StorageFailed(
            f"the disk of {place} is read-only, by its mount or after an error; mend that, or name"
            " another place for the index with --index"
        )
    if error.errno in _FAILED:
        return StorageFailed(
            f"the disk of {place} failed ({error.strerror}); check it, then run:"
            " semsearch verify --full"
        )
    return IndexDamaged(
        f"cannot write to the index in {place} ({error.strerror}); mend that, or name another"
        " place for it with --index"
    )


def put_made(made: Path, path: Path) -> None:
    """Sync a file that a library has written beside ``path``, and rename it to ``path``."""
    with storage_errors(path.parent):
        _sync(made)
        made.replace(path)
        sync_directory(path.parent)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty temporary file (0600) beside ``path``, renamed to it when the context ends.

    Raises as ``storage_errors``, and ``SettingsError`` when the folder is not writable.
    """
    made = temporary_beside(path)
    try:
        with storage_errors(path.parent):
            try:
                os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except PermissionError as error:
                raise SettingsError(
                    f"you may not write to {path.parent}; name a file in another folder"
                ) from error
            yield made
        put_made(made, path)
    finally:
        remove(made)


def sync_files(folder: Path) -> None:
    """Sync every file of a folder, and the folder itself; files become private (0600)."""
    with storage_errors(folder):
        for path in folder.iterdir():
            path.chmod(0o600)
            _sync(path)
        sync_directory(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)  # Windows syncs only writable files
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_folder(made: Path, path: Path) -> None:
    """Rename the folder ``made`` to ``path``, replacing a folder that is there."""
    old = temporary_beside(path)
    with storage_errors(path.parent):
        with suppress(FileNotFoundError):
            path.replace(old)
        made.replace(path)
        sync_directory(path.parent)
        remove(old)


def temporary_beside(path: Path) -> Path:
    """A new temporary path in the folder of ``path``, which ``remove_temporaries`` cleans up."""
    return path.parent / f"{_TEMPORARY_PREFIX}{os.getpid()}-{os.urandom(4).hex()}"


def remove(path: Path) -> None:
    """Remove a file, or a folder with its content; raises as ``storage_errors``."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)  # open files stay, on Windows, until the next run
    else:
        with storage_errors(path.parent):
            path.unlink(missing_ok=True)


def make_file(path: Path, content: bytes) -> None:
    """Write a new file (0600); raises ``FileExistsError`` where there is one, or a link."""
    _write(path, memoryview(content))


def _write(path: Path, content: memoryview) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        written = 0
        while written < len(content):
            written += os.write(descriptor, content[written : written + _BLOCK])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def sync_directory(path: Path) -> None:
    """Sync a folder, so that a rename survives a power cut; not needed on Windows."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_temporaries(directory: Path) -> None:
    """Remove temporary files of killed writers; the caller holds the writer's lock."""
    with storage_errors(directory):
        for path in directory.glob(f"{_TEMPORARY_PREFIX}*"):
            remove(path)


def remove_old_temporaries(directory: Path, seconds: float) -> None:
    """Remove temporary files that were written ``seconds`` ago, where no lock tells their writer.

    Raises ``OSError``.
    """
    long_ago = time.time() - seconds
    for path in directory.glob(f"{_TEMPORARY_PREFIX}*"):
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime < long_ago:
                path.unlink()

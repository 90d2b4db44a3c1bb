"""The ``.semsearch`` directory: the paths of its files, and the lock of its writer."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Final

from semsearch.errors import IndexLocked, StorageFailed
from semsearch.store.disk.atomic_files import (
    make_file,
    put_file,
    remove_temporaries,
    storage_error,
    storage_errors,
    sync_directory,
    temporary_beside,
)
from semsearch.store.disk.filesystems import network_of
from semsearch.store.disk.safe_files import require_safe_files
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy

DIRECTORY_NAME: Final = ".semsearch"

_RECORD: Final = "index.sqlite"
_LOCK: Final = "lock"
_WRITER: Final = "writer.json"
_PROGRESS: Final = "progress.json"
_WAITING: Final = "waiting"  # touched by a process that has found the lock taken
_README: Final = """\
This folder is a semsearch index of the documents beside it. It holds their text and the vectors
made from it; everything in it can be made again with `semsearch index`, at the price of embedding.
"""
_FILES: Final = {
    "README": _README,
    ".gitignore": "*\n",
    # https://bford.info/cachedir/: backup programs leave the folder out
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# made by semsearch\n",
}


@dataclass(frozen=True, slots=True)
class IndexDirectory:
    """The files of one index, and the policy by which its derived indexes are made and searched."""

    path: Path
    policy: StorePolicy = DEFAULT_POLICY

    @property
    def record(self) -> Path:
        """The SQLite file."""
        return self.path / _RECORD

    def ann_file(self, generation: int, segment: int | None = None) -> Path:
        """The ANN index file that ``generation`` writes, or one of its new segments."""
        part = "" if segment is None else f"-{segment}"
        return self.path / f"ann-{generation:06d}{part}.faiss"

    def keywords(self, generation: int) -> Path:
        """The keyword index folder that ``generation`` writes."""
        return self.path / f"keywords-{generation:06d}"

    def put_file(self, path: Path, content: bytes | memoryview) -> bytes:
        """Write a file atomically and verified; returns its SHA-256. Raises ``StorageFailed``."""
        return put_file(path, content)

    def derived_files(self) -> list[Path]:
        """The ANN files and keyword index folders that exist."""
        return sorted([*self.path.glob("ann-*.faiss"), *self.path.glob("keywords*")])

    def backup(self, version: int) -> Path:
        """The path of the copy that is made of a record before it is migrated."""
        return self.path / f"format-{version}.sqlite"

    def backups(self) -> list[Path]:
        """The copies of the record that exist: of earlier formats, and from before a repair."""
        return sorted([*self.path.glob("format-*.sqlite"), *self.path.glob("before-repair*")])

    @property
    def before_repair(self) -> Path:
        """The path of the first copy of the record that ``repair`` makes before any change."""
        return self.path / "before-repair.sqlite"

    @property
    def bytes_on_disk(self) -> int:
        """The total size of all files of the index."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(FileNotFoundError):  # a writer has removed it
                    total += (Path(folder) / name).stat().st_size
        return total

    def make(self) -> None:
        """Make the directory (0700) with README, .gitignore and CACHEDIR.TAG where missing."""
        if not self.path.is_dir():
            self.path.mkdir(mode=0o700)
            sync_directory(self.path.parent)
        for name, content in _FILES.items():
            with suppress(FileExistsError):  # also a link, wherever it leads
                make_file(self.path / name, content.encode())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the writer's lock; the kernel frees it when the process ends, however it ends.

        Raises ``IndexLocked`` at once when another process holds it, naming that process, and
        ``StorageFailed`` on a network file system.
        """
        import filelock  # a query needs no lock

        self._refuse_network()
        require_safe_files(self.path, to_write=True)
        lock = filelock.FileLock(self.path / _LOCK, timeout=0, mode=0o600)
        try:
            self.make()
            lock.acquire()
        except filelock.Timeout as error:
            self._ask_for_lock()
            raise IndexLocked(
                f"another semsearch{self._owner()} is writing to {self.path}; run this again when"
                " it has ended, or with --wait SECONDS"
            ) from error
        except OSError as error:
            raise storage_error(error, self.path) from error
        try:
            with storage_errors(self.path):
                remove_temporaries(self.path)
                (self.path / _WAITING).unlink(missing_ok=True)
                self._write_owner()
            yield
        finally:
            lock.release()

    @property
    def progress(self) -> Path:
        """The file in which a long run writes down how far it has come."""
        return self.path / _PROGRESS

    @property
    def is_wanted(self) -> bool:
        """Whether another process has asked for the lock since it was taken last."""
        return (self.path / _WAITING).exists()

    def _ask_for_lock(self) -> None:
        """Tell the writer that another process waits, so that a watcher makes a pause."""
        with suppress(OSError):  # then it is not told; the lock alone decides
            os.close(os.open(self.path / _WAITING, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _refuse_network(self) -> None:
        kind = network_of(self.path.parent.resolve())
        if kind is not None:
            raise StorageFailed(
                f"{self.path} is on a network file system ({kind}), where neither locks nor"
                " SQLite's log can be relied on; name a folder of this machine with --index"
            )

    def _write_owner(self) -> None:
        """Write down this process for the message of ``IndexLocked``; the lock alone decides."""
        import socket  # a reader needs no host name

        writer = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": " ".join(map(quote, ["semsearch", *sys.argv[1:]])),
        }
        made = temporary_beside(self.path / _WRITER)
        made.touch(mode=0o600, exist_ok=False)
        made.write_text(json.dumps(writer))
        made.replace(self.path / _WRITER)

    def _owner(self) -> str:
        """The process that holds the lock, for a message; "" when it cannot be read."""
        try:
            writer = json.loads((self.path / _WRITER).read_text())
            return (
                f" (process {writer['process']} on {writer['host']}, since {writer['since']}:"
                f" {writer['command']})"
            )
        except (OSError, ValueError, LookupError, TypeError):
            return ""

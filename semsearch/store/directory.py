"""The ``.semsearch`` directory: what is where, and who may write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import filelock

from semsearch.errors import IndexDamaged, IndexLocked
from semsearch.store.files import remove_temporaries

DIRECTORY_NAME: Final = ".semsearch"

_RECORD: Final = "index.sqlite"
_LOCK: Final = "lock"
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
    """Everything that semsearch keeps for one corpus."""

    path: Path

    @property
    def record(self) -> Path:
        """The SQLite file."""
        return self.path / _RECORD

    def ann_file(self, generation: int) -> Path:
        """The FAISS file that is written for ``generation``."""
        return self.path / f"ann-{generation:06d}.faiss"

    def keywords(self, generation: int) -> Path:
        """The keyword index's folder that is made for ``generation``."""
        return self.path / f"keywords-{generation:06d}"

    def derived_files(self) -> list[Path]:
        """The FAISS files and keyword indexes that are there."""
        return sorted([*self.path.glob("ann-*.faiss"), *self.path.glob("keywords*")])

    @property
    def bytes_on_disk(self) -> int:
        """The size of all files of the index."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def make(self) -> None:
        """Make the directory (0700) and the files that say what it is, where they are missing."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        for name, content in _FILES.items():
            if not (self.path / name).exists():
                (self.path / name).write_text(content, encoding="utf-8")
                (self.path / name).chmod(0o600)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the one writer; the kernel frees the lock when the process ends, however it ends.

        Raises ``IndexLocked`` at once when another process writes.
        """
        lock = filelock.FileLock(self.path / _LOCK, timeout=0, mode=0o600)
        try:
            self.make()
            lock.acquire()
        except filelock.Timeout as error:
            raise IndexLocked(
                f"another semsearch is writing to {self.path}; run this again when it has ended"
            ) from error
        except OSError as error:
            raise IndexDamaged(
                f"cannot write to the index in {self.path} ({error.strerror});"
                " --index names another place for it"
            ) from error
        try:
            remove_temporaries(self.path)
            yield
        finally:
            lock.release()

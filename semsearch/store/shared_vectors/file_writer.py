"""Write a file of shared vectors: beside, checked by its size, synced, renamed to its own hash."""

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.atomic_files import sync_directory, temporary_beside
from semsearch.store.record.vectors import PROBE_DTYPE
from semsearch.store.shared_vectors.layout import DIGEST, Entry, Header, encoded_entry

SUFFIX: Final = ".vectors"
_BLOCK: Final = 1 << 15  # digests written at once


def write_file(
    folder: Path,
    header: Header,
    probes: Vectors,
    digests: bytes,
    entries: Iterable[Entry | None],
) -> Path:
    """Write a new file (0600) to a folder; returns its path, whose name is the SHA-256 of it.

    ``digests`` are those of the texts, one after the other and ascending; ``entries`` are read as
    they are written, one for each of them. Files of equal content have one name, so that it does
    not matter who writes them first. Raises ``OSError``.
    """
    made = temporary_beside(folder / "new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(made, flags, 0o600), "wb") as file:
            content = hashlib.sha256()
            own = hashlib.sha256()
            put = _putter(file, content)
            for part in (header.encoded(), probes.astype(PROBE_DTYPE).tobytes()):
                own.update(part)
                put(part)
            for first in range(0, len(digests), DIGEST * _BLOCK):
                part = digests[first : first + DIGEST * _BLOCK]
                own.update(part)
                put(part)
            put(own.digest())
            for number, entry in enumerate(entries):
                digest = digests[DIGEST * number : DIGEST * (number + 1)]
                put(encoded_entry(digest, entry, header))
            file.flush()
            os.fsync(file.fileno())
        path = folder / f"{content.hexdigest()}{SUFFIX}"
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    with suppress(OSError):  # some network file systems cannot; a lost file costs money only
        sync_directory(folder)
    return path


def _putter(file: BinaryIO, content: "hashlib._Hash") -> Callable[[bytes], None]:
    def put(part: bytes) -> None:
        content.update(part)
        file.write(part)

    return put

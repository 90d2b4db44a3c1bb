"""The shared vectors of one embedder: a folder of files that never change.

Any number of machines write to it at once without a lock: each adds files under names of their own
content, and a file that is gone has its texts in another one.
"""

import errno
import hashlib
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.safe_files import is_own
from semsearch.store.policy import SharingPolicy
from semsearch.store.record.vectors import STORED_DTYPE, are_unit
from semsearch.store.shared_vectors.file_merge import merged, to_merge
from semsearch.store.shared_vectors.file_writer import SUFFIX, write_file
from semsearch.store.shared_vectors.layout import Entry, Header, UnusableFile, joined
from semsearch.store.shared_vectors.vector_file import VectorFile

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_GONE: Final = (errno.ENOENT, errno.ESTALE)  # merged by another machine

Agree = Callable[[Vectors, Vectors], bool]


def folder_name(uri: str) -> str:
    """The name of an embedder's folder: no part of a URI can lead out of the place."""
    return hashlib.sha256(uri.encode("utf-8")).hexdigest()[:32]


class SharedFolder:
    """Files of vectors of the embedder ``uri`` below ``place``, which must be there.

    ``agree`` tells whether two sets of probe vectors are of one version of a model. No method
    raises for what is wrong with the place or a file: ``notices`` say it, once, and the texts count
    as absent.
    """

    def __init__(self, place: Path, uri: str, agree: Agree, policy: SharingPolicy) -> None:
        self.place = place
        self.path = place / folder_name(uri)
        self._uri = uri
        self._agree = agree
        self.policy = policy
        self._files: dict[str, VectorFile] = {}  # open and usable, by name
        self._others: set[str] = set()  # names of files that are not used
        self._probes: Vectors | None = None
        self._given: set[str] = set()  # names of files that this object has written
        self.seen = 0  # usable files of others that were opened so far
        self._bad: dict[Path, str] = {}  # why a file is not used
        self._problem: str | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """What is wrong, in at most two lines."""
        told = [] if self._problem is None else [f"shared vectors: {self._problem}"]
        if self._bad:
            path, why = next(iter(self._bad.items()))
            more = f" (and {len(self._bad) - 1} more)" if len(self._bad) > 1 else ""
            told.append(f"shared vectors: {path} {why}; it is not used{more}")
        return tuple(told)

    @property
    def newest(self) -> VectorFile | None:
        """The usable file with the newest vectors."""
        return max(self._files.values(), key=_age, default=None)

    @property
    def calibration(self) -> str | None:
        """The note of the embedder's calibration, from the newest usable file that has it."""
        having = [one for one in self._files.values() if one.header.calibration is not None]
        newest = max(having, key=_age, default=None)
        return None if newest is None else newest.header.calibration

    def look(self, probes: Vectors | None) -> None:
        """List the folder again, and open new files.

        Usable are files whose probe vectors agree with those of the index; where it has none, with
        those of the newest file.
        """
        if probes is not None and self._probes is None:
            self.close()  # what the newest file has decided so far
        self._probes = probes
        names = self._names()
        for name in self._files.keys() - names:
            self._files.pop(name).close()
        self._others &= names
        new = {name: self._opened(name) for name in sorted(names - self._files.keys())}
        opened = {name: one for name, one in new.items() if one is not None}
        self._files |= opened
        if probes is None and (newest := self.newest) is not None:
            probes = newest.probes
        for name, one in list(self._files.items()):
            if probes is not None and not self._are_like(one.probes, probes):
                self._files.pop(name).close()
                self._others.add(name)
        self.seen += len((opened.keys() & self._files.keys()) - self._given)

    def entries(self, digests: Sequence[bytes]) -> dict[bytes, Entry]:
        """The entries of those texts that have a sound one, by the SHA-256 of the text."""
        found: dict[bytes, Entry] = {}
        for name, file in list(self._files.items()):
            lacking = [digest for digest in digests if digest not in found]
            try:
                found |= _unit(file.entries(lacking))
            except (OSError, UnusableFile) as error:
                self._files.pop(name).close()
                self._blame(file.path, error)
        return found

    def put(
        self,
        texts: Sequence[bytes],
        entries: Iterable[Entry | None],
        probes: Vectors,
        created: str,
        calibration: str | None,
    ) -> bool:
        """Write the entries of texts, whose digests ascend, as one file; False if it cannot be."""
        header = Header(
            self._uri, int(probes.shape[1]), len(texts), len(probes), created, calibration
        )
        try:
            self._make()
            path = write_file(self.path, header, probes, joined(texts), entries)
            self._given.add(path.name)
        except (OSError, UnusableFile) as error:
            self._cannot("write", error)
            return False
        return True

    def merge(self) -> None:
        """Where there are many files, make one of the smallest of them."""
        small = to_merge(list(self._files.values()), self.policy, self._are_like)
        if not small:
            return
        try:
            path = merged(self.path, small)
            self._given.add(path.name)
            for file in small:
                self._files.pop(file.path.name).close()
                if file.path != path:
                    file.path.unlink(missing_ok=True)
        except (OSError, UnusableFile) as error:
            if not _is_gone(error):
                self._cannot("merge", error)

    def close(self) -> None:
        """Close all files; ``look`` opens them again."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._others.clear()

    def _are_like(self, some: Vectors, others: Vectors) -> bool:
        return some.shape == others.shape and self._agree(some, others)

    def _names(self) -> set[str]:
        """The names of files of vectors; none where the folder is not there or not ours."""
        try:
            self._require_place()
            with suppress(FileNotFoundError):
                self._require_own()
                return {one.name for one in self.path.iterdir() if one.name.endswith(SUFFIX)}
        except (OSError, UnusableFile) as error:
            self._cannot("read", error)
        return set()

    def _require_own(self) -> None:
        """Raise ``UnusableFile`` for a link, or a folder of another user; ``OSError``."""
        found = self.path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise UnusableFile(f"{self.path} is no folder, or a link")
        if not is_own(found):
            raise UnusableFile(f"{self.path} belongs to another user")

    def _require_place(self) -> None:
        if not self.place.is_dir():
            raise UnusableFile(f"there is no folder {self.place}; make it, or mount its disk")

    def _make(self) -> None:
        self._require_place()
        self.path.mkdir(mode=0o700, exist_ok=True)
        self._require_own()

    def _opened(self, name: str) -> VectorFile | None:
        if name in self._others:
            return None
        try:
            return VectorFile.open(self.path / name, self._uri)
        except (OSError, UnusableFile) as error:
            self._others.add(name)
            self._blame(self.path / name, error)
        return None

    def _blame(self, path: Path, error: Exception) -> None:
        """Tell what is wrong with a file, but for one that was merged with others meanwhile."""
        if not _is_gone(error):
            self._bad.setdefault(path, _reason(error))

    def _cannot(self, what: str, error: Exception) -> None:
        if isinstance(error, OSError) and error.errno in _FULL:
            self._problem = f"the disk of {self.place} is full"
        elif isinstance(error, OSError):
            self._problem = f"cannot {what} {self.path} ({error.strerror})"
        else:
            self._problem = str(error)


def _age(file: VectorFile) -> tuple[str, str]:
    return file.header.created, file.path.name


def _is_gone(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _GONE


def _reason(error: Exception) -> str:
    return f"cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)


def _unit(found: dict[bytes, Entry]) -> dict[bytes, Entry]:
    """The entries whose row has unit length: a hash is no secret."""
    if not found:
        return found
    rows = np.frombuffer(joined(entry.row for entry in found.values()), STORED_DTYPE)
    are = are_unit(rows.reshape(len(found), -1))
    return {digest: one for (digest, one), is_one in zip(found.items(), are, strict=True) if is_one}

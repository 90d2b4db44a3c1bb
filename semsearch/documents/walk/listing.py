"""A listing of all files of the corpus, with a digest that tells whether anything has changed."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from semsearch.documents.walk.walker import (
    Folder,
    Found,
    Part,
    Unlistable,
    WayIn,
    digest_of_way,
    in_order,
    listed,
    listed_below,
)


@dataclass(frozen=True, slots=True)
class ListingPolicy:
    """When folders are listed by several threads: after waiting for the disk for long."""

    patience: float = 0.1  # least seconds of waiting for the disk
    wait_factor: float = 10  # times the CPU time: on a busy machine threads wait, too
    threads: int = 8


DEFAULT_POLICY: Final = ListingPolicy()


class Listing:
    """The files and unlistable folders of a corpus, as one walk finds them.

    Raises ``CorpusError`` when the corpus itself cannot be listed.
    """

    def __init__(
        self, corpus: Path, policy: ListingPolicy = DEFAULT_POLICY, *, part: Part | None = None
    ) -> None:
        """With a ``part`` only its files are listed."""
        self._top = listed(corpus)
        self._below: dict[str, Folder | Unlistable | None] = {}
        clock = _Clock(policy)
        ways = self._top.below
        while ways:
            entered = dict(zip((way.path for way in ways), _entered(ways, clock), strict=True))
            self._below |= entered
            folders = (folder for folder in entered.values() if isinstance(folder, Folder))
            ways = [way for folder in folders for way in folder.below]
        if part is not None:
            self._top = self._top.within(part)
            for path, entered_folder in self._below.items():
                if isinstance(entered_folder, Folder):
                    self._below[path] = entered_folder.within(part)

    def items(self) -> list[Found | Unlistable]:
        """The items that ``walk`` yields, in its order."""
        return list(in_order(self._top, lambda way: self._below[way.path]))

    @cached_property
    def folders(self) -> Sequence[Folder] | None:
        """The folders that have files; None when one cannot be listed: its files are not known."""
        folders = [self._top]
        for entered in self._below.values():
            if isinstance(entered, Folder):
                folders.append(entered)
            elif entered is not None:
                return None
        if any(folder.shut for folder in folders):
            return None
        return [folder for folder in folders if folder.names]

    @cached_property
    def digests(self) -> Mapping[bytes, bytes] | None:
        """The digest of each folder's files by that of its path; None as in ``folders``."""
        if self.folders is None:
            return None
        return {digest_of_way(folder.way): folder.digest() for folder in self.folders}

    @cached_property
    def digest(self) -> str | None:
        """SHA-256 of the path and stat of every file, hexadecimal; None as in ``folders``."""
        if self.digests is None:
            return None
        digest = hashlib.sha256()
        for way, content in self.digests.items():
            digest.update(way + content)
        return digest.hexdigest()


class _Clock:
    """Measures the CPU time of this thread, and the rest, in which it waits for the disk."""

    def __init__(self, policy: ListingPolicy) -> None:
        self.policy = policy
        self._began = time.perf_counter()
        self._worked = time.thread_time()

    def has_waited_long(self) -> bool:
        worked = time.thread_time() - self._worked
        waited = time.perf_counter() - self._began - worked
        return waited > max(self.policy.patience, self.policy.wait_factor * worked)


def _entered(ways: Sequence[WayIn], clock: _Clock) -> Iterator[Folder | Unlistable | None]:
    """List folders in order, with several threads once the disk turns out to be slow.

    A single thread is fastest while the file system is cached, as several contend for locks. A
    network or spinning disk serves several requests at a time.
    """
    for done, way in enumerate(ways):
        if clock.has_waited_long():
            from concurrent.futures import ThreadPoolExecutor  # only slow disks need it

            with ThreadPoolExecutor(clock.policy.threads) as pool:
                yield from pool.map(listed_below, ways[done:])
            return
        yield listed_below(way)

"""All files of the corpus at one look, known again by one digest."""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from semsearch.documents.walk.walker import (
    Folder,
    Found,
    Unlistable,
    WayIn,
    in_order,
    listed,
    listed_below,
)

_PATIENCE: Final = 0.1  # seconds of waiting for the disk,
_TIMES: Final = 10  # and so many times what was worked: a busy machine lets us wait, too
_THREADS: Final = 8


class Listing:
    """What a walk finds, before anything is made of it.

    Raises ``CorpusError`` when the corpus cannot be listed.
    """

    def __init__(self, corpus: Path) -> None:
        self._top = listed(corpus)
        self._below: dict[str, Folder | Unlistable | None] = {}
        clock = _Clock()
        ways = self._top.below
        while ways:
            entered = dict(zip((way.path for way in ways), _entered(ways, clock), strict=True))
            self._below |= entered
            folders = (folder for folder in entered.values() if isinstance(folder, Folder))
            ways = [way for folder in folders for way in folder.below]

    def items(self) -> list[Found | Unlistable]:
        """What ``walk`` yields."""
        return list(in_order(self._top, lambda way: self._below[way.path]))

    @cached_property
    def digest(self) -> str | None:
        """SHA-256 of the path and stat of every file, hexadecimal.

        None where something cannot be listed: what is there is not known.
        """
        folders = [self._top]
        for entered in self._below.values():
            if isinstance(entered, Folder):
                folders.append(entered)
            elif entered is not None:
                return None
        if any(folder.shut for folder in folders):
            return None
        digest = hashlib.sha256()
        for folder in (folder for folder in folders if folder.names):
            texts = (str(len(folder.names)), folder.way, *folder.names)
            digest.update(os.fsencode("".join(f"\0{text}" for text in texts)))
            digest.update(folder.stats)
        return digest.hexdigest()


class _Clock:
    """How long this thread has worked, and how long it has not, which is to wait for the disk."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._worked = time.thread_time()

    def has_waited_long(self) -> bool:
        worked = time.thread_time() - self._worked
        waited = time.perf_counter() - self._began - worked
        return waited > max(_PATIENCE, _TIMES * worked)


def _entered(ways: Sequence[WayIn], clock: _Clock) -> Iterator[Folder | Unlistable | None]:
    """What is in each of some folders.

    One thread is soonest done with what is in memory, or nearly: several would wait for each other.
    A disk that is far away, or moves a head, is asked for several at a time.
    """
    for done, way in enumerate(ways):
        if clock.has_waited_long():
            from concurrent.futures import ThreadPoolExecutor  # here: few disks are so slow

            with ThreadPoolExecutor(_THREADS) as pool:
                yield from pool.map(listed_below, ways[done:])
            return
        yield listed_below(way)

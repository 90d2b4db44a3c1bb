"""The reader pool: many files to their documents, in order, by processes ahead of the caller.

A process serves one file after another, so that its start does not matter, and one file at a time,
so that a crash names its file. Plain texts that are not very large are read in the calling process:
that takes less processor time than to receive them from another, and their readers go through them
once.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from semsearch.documents.formats import FORMATS, Format, format_of
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.reader_process import Died, ReaderProcess, Retired
from semsearch.documents.readers.reader import NotPlain, ReadDocument, read_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.safe_open import open_below
from semsearch.settings.processors import usable_processors

_MOST_WORKERS: Final = 8
_MOST_AHEAD: Final = 8  # files per process that are being read, or read and not yet taken
_MOST_ENTRIES_AHEAD: Final = 200  # of them, files without a request
_MOST_BYTES_AHEAD: Final = 100_000_000
_SOON: Final = 0.05  # seconds; a caller who is told of a wait has other work meanwhile
_SMALL: Final = 1_000_000  # largest plain text read in this process, in bytes


Entry = TypeVar("Entry")
Outcome = ReadDocument | DocumentUnreadable | FileNotFoundError


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read: its path relative to the corpus, and its size at the walk in bytes."""

    path: str
    size: int


class ReaderPool:
    """Reads the files of one corpus; a context manager that leaves no process behind."""

    def __init__(self, corpus: Path, limits: Limits, *, workers: int | None = None) -> None:
        self._corpus = corpus
        self._limits = limits
        self._count = workers or min(_MOST_WORKERS, usable_processors())
        self._threads: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._started: list[ReaderProcess] = []
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over = True
        for worker in list(self._started):
            worker.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for worker in self._started:
            worker.end()

    def read(self, path: str) -> ReadDocument:
        """Read one document; raises ``DocumentUnreadable`` and ``FileNotFoundError``."""
        size = 0
        with suppress(OSError):
            size = (self._corpus / path).lstat().st_size
        ((_, outcome),) = self.in_order([(None, Request(path, size))])
        assert outcome is not None  # the caller asked for it
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def in_order(
        self, entries: Iterable[tuple[Entry, Request | None]]
    ) -> Iterator[tuple[Entry, Outcome | None]]:
        """Yield each entry with the outcome of its request, in the order of the entries.

        Entries are taken ahead: enough to keep the processes busy, few enough to bound the memory.
        """
        for done in self.in_order_with_waits(entries):
            if done is not None:
                yield done

    def in_order_with_waits(
        self, entries: Iterable[tuple[Entry, Request | None]]
    ) -> Iterator[tuple[Entry, Outcome | None] | None]:
        """As ``in_order``; None comes again and again while the next outcome takes a while.

        So a caller who works on several outcomes at a time does not keep those at hand waiting for
        a file that takes long, and can do other work.
        """
        ahead: deque[_Begun[Entry]] = deque()
        for entry, request in entries:
            is_elsewhere = request is not None and not _is_small(request)
            future = self._submitted(request) if request and is_elsewhere else None
            ahead.append(_Begun(entry, request, future))
            while ahead and (ahead[0].future is None or self._is_full(ahead)):
                while not ahead[0].is_there_soon:
                    yield None
                yield self._ended(ahead.popleft())
        while ahead:
            while not ahead[0].is_there_soon:
                yield None
            yield self._ended(ahead.popleft())

    def _is_full(self, ahead: "deque[_Begun[Entry]]") -> bool:
        if len(ahead) > _MOST_ENTRIES_AHEAD:
            return True
        sizes = [begun.request.size for begun in ahead if begun.future and begun.request]
        return len(sizes) > _MOST_AHEAD * self._count or sum(sizes[1:]) > _MOST_BYTES_AHEAD

    def _ended(self, begun: "_Begun[Entry]") -> tuple[Entry, Outcome | None]:
        if begun.future is not None:
            return begun.entry, begun.future.result()
        if begun.request is None:
            return begun.entry, None
        return begun.entry, self._read_right_here(begun.request)

    def _read_right_here(self, request: Request) -> Outcome:
        most = min(_SMALL, self._limits.file_bytes)
        try:
            return read_document(
                self._corpus,
                request.path,
                max_bytes=most,
                only_plain=True,
                generated=self._limits.generated,
            )
        except NotPlain:
            return self._submitted(request).result()
        except FileNotFoundError as error:
            return error
        except DocumentUnreadable as error:
            if error.code is ReasonCode.TOO_LARGE and most < self._limits.file_bytes:
                return self._submitted(request).result()  # it has grown since the walk
            return error

    def _submitted(self, request: Request) -> "Future[Outcome]":
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._count, "reader")
        return self._threads.submit(self._read_by_worker, request)

    def _worker(self) -> "ReaderProcess":
        """Return the reader process of this thread; a new one when the last has ended."""
        worker: ReaderProcess | None = getattr(self._own, "worker", None)
        if worker is None or not worker.is_alive:
            try:
                worker = ReaderProcess(self._limits)
            except OSError as error:  # the system is at its limits; the next run retries
                raise DocumentUnreadable(
                    ReasonCode.NO_PROCESS,
                    f"no process could be started to read it: {error.strerror}",
                ) from error
            self._own.worker = worker
            self._started.append(worker)
            if self._is_over:
                worker.kill()
        return worker

    def _read_by_worker(self, request: Request) -> Outcome:
        try:
            return self._answered(request.path)
        except FileNotFoundError as error:
            return error
        except DocumentUnreadable as error:
            told = error
            if error.code is ReasonCode.TOOK_TOO_LONG:  # a program that the reader has started
                told = DocumentUnreadable(error.code, self._limits.too_long)
                told.digest = error.digest
        except Died as death:
            told = DocumentUnreadable(death.code, str(death))
            if not death.may_pass:
                told.digest = _digest(self._corpus, request.path, self._limits.file_bytes)
        told.condition = self._limits.condition_of(told.code)
        told.pages = self._page_count(request.path, told)
        return told

    def _answered(self, path: str) -> ReadDocument:
        try:
            return self._worker().read(self._corpus, path)
        except Retired:  # it outgrew its memory limit with the previous file, and has ended
            return self._worker().read(self._corpus, path)
        except Died as death:
            if death.code is not ReasonCode.CRASHED:
                raise
            # The second reader of PDFs is in C++; the first may read most of the document. A PDF
            # may be in a file of any type.
            return self._worker().read(self._corpus, path, first_alone=True)

    def _page_count(self, path: str, failure: DocumentUnreadable) -> int | None:
        """The pages of a PDF that cannot be read, at least 1; None where it cannot be opened."""
        is_open = failure.digest is not None or failure.code is ReasonCode.TOO_LARGE
        if not is_open or format_of(path) is not Format.PDF:
            return None
        for _ in range(2):
            try:
                return self._worker().page_count(self._corpus, path)
            except Retired:  # as above
                continue
            except (Died, DocumentUnreadable, FileNotFoundError):
                break
        return 1


@dataclass(frozen=True, slots=True)
class _Begun(Generic[Entry]):
    """An entry that waits for its turn, with its future if a process was asked."""

    entry: Entry
    request: Request | None
    future: "Future[Outcome] | None"

    @property
    def is_there_soon(self) -> bool:
        """Whether its outcome comes within ``_SOON`` seconds."""
        return self.future is None or not wait([self.future], _SOON).not_done


def _is_small(request: Request) -> bool:
    """Whether a file is read in the calling process."""
    found = format_of(request.path)
    return found is not None and FORMATS[found].is_plain and request.size <= _SMALL


def _digest(corpus: Path, path: str, most: int) -> bytes | None:
    """SHA-256 of a file that killed its reader, so that it is not read again unchanged."""
    try:
        with open_below(corpus, path) as file:
            return hashlib.sha256(file.read(most + 1)).digest()
    except OSError:
        return None

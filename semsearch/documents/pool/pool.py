"""Many files → their documents, in order: read by processes of their own, ahead of the asker.

A process serves one file after another, so that its start does not matter, and one file at a time,
so that it is known which one has cost it its life. Small plain texts are read right here, before
any process is started: they take less time than that, and their readers go through them once.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from semsearch.documents.formats import FORMATS, format_of
from semsearch.documents.pool.protocol import unpacked
from semsearch.documents.readers.reader import ReadDocument, read_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.safe_open import open_below
from semsearch.settings.child_environments import reader_environment
from semsearch.settings.schema import Settings

_MOST_WORKERS: Final = 8
_MOST_AHEAD: Final = 8  # files for each process: that are read, or read and not taken yet
_MOST_ENTRIES_AHEAD: Final = 200  # those without a request among them
_MOST_BYTES_AHEAD: Final = 100_000_000
_SMALL: Final = 100_000  # bytes of a plain text that is read right here
_ALL_SMALL: Final = 1_000_000  # and of all of those

_BUFFER: Final = 256_000  # bytes of an answer that are taken from a pipe at once
_OCR_TAKES: Final = 10  # times as long as reading, at most
_GRACE: Final = 1.0  # seconds that a process which has stopped answering may take to end
_OUT_OF_TIME: Final = 24  # SIGXCPU

Entry = TypeVar("Entry")
Outcome = ReadDocument | DocumentUnreadable | FileNotFoundError


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: its own bytes, seconds on the clock, bytes of memory.

    ``languages`` are those of OCR, which is done when they are given and takes its time.
    """

    file_bytes: int = 100_000_000
    seconds: float = 60.0
    memory_bytes: int = 1 << 30
    languages: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those that are set."""
        seconds = settings.document_seconds * (_OCR_TAKES if settings.ocr else 1)
        return cls(settings.max_file_bytes, seconds, languages=settings.ocr or None)


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read: its path relative to the corpus, and its size at the walk."""

    path: str
    size: int


class ReaderPool:
    """Reads the files of one corpus; a context that leaves no process behind."""

    def __init__(self, corpus: Path, limits: Limits, *, workers: int | None = None) -> None:
        self._corpus = corpus
        self._limits = limits
        self._count = workers or min(_MOST_WORKERS, _processors())
        self._threads: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._started: list[_Worker] = []
        self._read_here = 0  # bytes
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
        """One document; raises ``DocumentUnreadable`` and ``FileNotFoundError``."""
        size = 0
        with suppress(OSError):
            size = (self._corpus / path).lstat().st_size
        ((_, outcome),) = self.in_order([(None, Request(path, size))])
        assert outcome is not None  # it was asked for
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def in_order(
        self, entries: Iterable[tuple[Entry, Request | None]]
    ) -> Iterator[tuple[Entry, Outcome | None]]:
        """Each entry with what became of its request, in the order of the entries.

        Entries are taken ahead, so far that the processes have work and not so far that memory
        fills.
        """
        ahead: deque[_Begun[Entry]] = deque()
        for entry, request in entries:
            is_elsewhere = request is not None and not self._is_small(request)
            future = self._submitted(request) if request and is_elsewhere else None
            ahead.append(_Begun(entry, request, future))
            while ahead and (ahead[0].future is None or self._is_full(ahead)):
                yield self._ended(ahead.popleft())
        while ahead:
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

    def _is_small(self, request: Request) -> bool:
        """Whether it is read in this process: then no other is started for a few notes."""
        found = format_of(request.path)
        is_plain = found is not None and FORMATS[found].is_plain
        if self._threads is not None or not is_plain:
            return False
        if request.size > _SMALL or self._read_here + request.size > _ALL_SMALL:
            return False
        self._read_here += request.size
        return True

    def _read_right_here(self, request: Request) -> Outcome:
        try:
            most = min(_SMALL, self._limits.file_bytes)
            return read_document(self._corpus, request.path, max_bytes=most)
        except (DocumentUnreadable, FileNotFoundError) as error:
            return error

    def _submitted(self, request: Request) -> "Future[Outcome]":
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._count, "reader")
        return self._threads.submit(self._read_by_worker, request)

    def _worker(self) -> "_Worker":
        """The process of this thread; another one when the last has ended."""
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None or not worker.is_alive:
            try:
                worker = _Worker(self._limits)
            except OSError as error:  # of the system, at its limits; the next run tries again
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
            try:
                return self._worker().read(self._corpus, request.path)
            except _Retired:  # it had grown over the file before, and ended meanwhile
                return self._worker().read(self._corpus, request.path)
        except (DocumentUnreadable, FileNotFoundError) as error:
            return error
        except _Died as death:
            reason = DocumentUnreadable(death.code, str(death))
            reason.digest = _digest(self._corpus, request.path, self._limits.file_bytes)
            return reason


@dataclass(frozen=True, slots=True)
class _Begun(Generic[Entry]):
    """An entry whose turn has not come, with the answer to come if a process was asked."""

    entry: Entry
    request: Request | None
    future: "Future[Outcome] | None"


class _Died(Exception):
    """A reader process ended over a file; code and message are the reason to record."""

    def __init__(self, code: ReasonCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class _Retired(_Died):
    """A process had ended by itself before it was asked."""


class _Worker:
    """One process that reads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._timed_out = False
        # -P: no module is imported from the current folder, which may be the corpus.
        self._process = subprocess.Popen(  # noqa: S603  # nothing of a document is in the command
            [
                sys.executable,
                "-P",
                "-m",
                "semsearch.documents.pool.worker",
                str(limits.memory_bytes),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=reader_environment(),
            bufsize=_BUFFER,
        )

    @property
    def is_alive(self) -> bool:
        """False once it has died over a file, or ended because it had grown."""
        return self._process.poll() is None

    def read(self, corpus: Path, path: str) -> ReadDocument:
        """One document; raises ``_Died``, ``DocumentUnreadable`` and ``FileNotFoundError``."""
        asked = {
            "corpus": str(corpus),
            "path": path,
            "max_bytes": self._limits.file_bytes,
            "seconds": self._limits.seconds,
            "languages": self._limits.languages,
        }
        alarm = threading.Timer(self._limits.seconds, self._time_out)
        alarm.start()
        try:
            assert self._process.stdin is not None  # they are pipes
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(asked).encode("ascii") + b"\n")
            self._process.stdin.flush()
            return unpacked(self._process.stdout)
        except (FileNotFoundError, DocumentUnreadable):
            raise
        except (EOFError, OSError, LookupError, AttributeError, TypeError, ValueError) as error:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)  # so that the way it ended is its own
            self.end()
            way = _Retired if self._process.returncode == 0 else _Died
            raise way(*self._way_of_dying()) from error
        finally:
            alarm.cancel()

    def kill(self) -> None:
        """Make whoever waits for its answer wait no longer."""
        self._process.kill()

    def end(self) -> None:
        """Kill it, and wait until nothing of it is left."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what it was not told any more cannot be flushed
                assert pipe is not None  # they are pipes
                pipe.close()

    def _time_out(self) -> None:
        self._timed_out = True
        self._process.kill()

    def _way_of_dying(self) -> tuple[ReasonCode, str]:
        code = self._process.returncode
        if self._timed_out or code == -_OUT_OF_TIME:
            detail = f"reading it took longer than {self._limits.seconds:g} s (document_seconds)"
            return ReasonCode.TOOK_TOO_LONG, detail
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        return ReasonCode.CRASHED, f"its reader crashed ({ended})"


def _digest(corpus: Path, path: str, most: int) -> bytes | None:
    """That of a file which has cost its reader its life, so that it is not read again."""
    try:
        with open_below(corpus, path) as file:
            return hashlib.sha256(file.read(most + 1)).digest()
    except OSError:
        return None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

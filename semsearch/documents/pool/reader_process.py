"""A reader process as its caller sees it: started, asked for one file at a time, and ended."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, TypeVar

from semsearch.documents.pool.channel import RequestChannel
from semsearch.documents.pool.file_sandbox import (
    UNCONFINED,
    has_landlock,
    hide_environment,
    places_of_programs,
)
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.protocol import unpacked, unpacked_page_count
from semsearch.documents.readers.reader import ReadDocument, open_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.settings.child_environments import reader_environment

_BUFFER: Final = 256_000  # bytes read from a pipe at once
_GRACE: Final = 1.0  # seconds for an unresponsive process to end
_OUT_OF_TIME: Final = (24, 27)  # SIGXCPU, SIGPROF
_KILLED: Final = 9  # SIGKILL
_COUNTING: Final = 2.0  # seconds of processor time to count the pages of a document

Answer = TypeVar("Answer")


class Died(Exception):
    """A reader process ended over a file; code and message are the reason to record.

    ``may_pass`` says that the machine may be the cause, and not the file.
    """

    def __init__(self, code: ReasonCode, detail: str, *, may_pass: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.may_pass = may_pass


class Retired(Died):
    """A reader process had ended by itself before it was asked."""


class ReaderProcess:
    """One reader process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._timed_out = False
        self._requests = RequestChannel()
        try:
            self._process = self._started()
        except OSError:
            self._requests.close()
            raise
        self._requests.started()

    def _started(self) -> "subprocess.Popen[bytes]":
        if not has_landlock():
            hide_environment()
        # -P: no module is imported from the working directory, which may be the corpus.
        return subprocess.Popen(  # noqa: S603  # nothing of a document is in the command
            [
                sys.executable,
                "-P",
                "-m",
                "semsearch.documents.pool.worker",
                str(self._limits.memory_bytes),
                *places_of_programs(with_ocr=self._limits.languages is not None),
            ],
            stdin=self._requests.stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=reader_environment(),
            bufsize=_BUFFER,
            process_group=0 if os.name == "posix" else None,
        )

    @property
    def is_alive(self) -> bool:
        """False after it crashed over a file, or ended because its memory had grown."""
        return self._process.poll() is None

    def read(self, corpus: Path, path: str, *, first_alone: bool = False) -> ReadDocument:
        """Read one document; raises ``Died``, ``DocumentUnreadable`` and ``FileNotFoundError``.

        With ``first_alone`` no second reader is asked.
        """
        asked = {
            "corpus": str(corpus),
            "path": path,
            "first_alone": first_alone,
            **self._limits.request,
        }
        with open_document(corpus, path) as file:
            return self._answer(asked, file, unpacked)

    def page_count(self, corpus: Path, path: str) -> int:
        """Count the pages of a PDF without reading them; errors are those of ``read``."""
        seconds = min(_COUNTING, self._limits.seconds)
        asked = {"corpus": str(corpus), "path": path, "counts_pages": True, "seconds": seconds}
        with open_document(corpus, path) as file:
            return self._answer(asked, file, unpacked_page_count)

    def _answer(
        self,
        asked: dict[str, Any],
        file: BufferedReader,
        unpack: Callable[[Iterable[bytes]], Answer],
    ) -> Answer:
        alarm = threading.Timer(self._limits.clock_seconds, self._time_out)
        alarm.start()
        try:
            assert self._process.stdout is not None  # it is a pipe
            self._requests.send(asked, file, self._process)
            return unpack(self._process.stdout)
        except (FileNotFoundError, DocumentUnreadable):
            raise
        except (EOFError, OSError, LookupError, AttributeError, TypeError, ValueError) as error:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)  # so that its exit status is its own
            self.end()
            way = Retired if self._process.returncode == 0 else Died
            code, detail, may_pass = self._way_of_dying()
            raise way(code, detail, may_pass=may_pass) from error
        finally:
            alarm.cancel()

    def kill(self) -> None:
        """Kill the process, so that a thread that waits for its answer returns.

        The programs that it has started are in its process group and end with it.
        """
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):  # it has ended
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def end(self) -> None:
        """Kill the process, and wait until it is gone and its pipes are closed."""
        if self._process.returncode is None:
            self.kill()
        self._process.wait()
        self._requests.close()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # unsent data cannot be flushed
                if pipe is not None:
                    pipe.close()

    def _time_out(self) -> None:
        self._timed_out = True
        self.kill()

    def _way_of_dying(self) -> tuple[ReasonCode, str, bool]:
        """The reason, and whether the machine may be its cause."""
        code = self._process.returncode
        if self._timed_out:
            clock = self._limits.clock_seconds
            detail = f"reading it took longer than {clock:g} s by the clock (document_seconds)"
            return ReasonCode.TOOK_TOO_LONG, detail, True
        if -code in _OUT_OF_TIME:
            return ReasonCode.TOOK_TOO_LONG, self._limits.too_long, False
        if code == UNCONFINED:
            detail = (
                "no process could be started to read it: the kernel keeps none from other files"
            )
            return ReasonCode.NO_PROCESS, detail, True
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        # The system kills processes when the machine runs out of memory.
        return ReasonCode.CRASHED, f"its reader crashed ({ended})", code == -_KILLED

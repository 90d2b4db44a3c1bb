"""One family of errors; each class carries the exit code that the command line ends with.

    SemsearchError                    2
    ├── SettingsError                 2   a setting, flag or environment variable cannot be used
    ├── CorpusError                   2   the folder is missing, is no folder, or cannot be listed
    ├── IndexMissing                  2   no index where one was looked for
    ├── IndexDamaged                  2   the record cannot be read
    ├── IndexTooNew                   2   written by a later semsearch
    ├── IndexLocked                  11   another process is writing to the index
    ├── StorageFailed                74   the disk reported an error
    │   └── DiskFull                 28   there is no space for what is to be written
    ├── TooLittle                     2   the index holds less than this takes
    ├── RunDeclined                   2   a person said no to the plan
    ├── GenerationRefused            15   a new generation is worse than the one that is shown
    ├── EmbedderMismatch             13   the index was built by another embedder
    │   └── EmbedderDrifted          13   the embedder gives other vectors than it gave before
    ├── EmbedderError                 2
    │   ├── EmbedderUnavailable      75   no answer, or 429/5xx after every retry
    │   ├── RequestRefused            2   400/404/422: sending it again would not help
    │   │   └── TextsRefused          2   only some texts; the others have their vectors
    │   ├── KeyRefused               12   no API key, or 401/403
    │   ├── BudgetReached            14   the next request might cost more than was allowed
    │   ├── BatchPending             75   texts are with the Batch API, which has not ended
    │   ├── ReplyInvalid              2   an answer that must not be stored
    │   └── ModelMissing              2   a local model, or its extra, is not installed
    └── DocumentUnreadable            -   one document; recorded, and the run goes on
                                          (in documents/reason.py, with its codes)

A message says what happened, where, and what to do next, in one line.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Every exit code of the command line, with a short and a full meaning.

    Help, man page and manual are made of this table; errors name their codes in it.
    """

    short: str
    meaning: str

    def __new__(cls, code: int, short: str, meaning: str) -> "ExitCode":
        """Make a member that is the code, with its meanings beside it."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.short = short
        member.meaning = meaning
        return member

    DONE = 0, "done", "Done, or found."
    NOTHING_FOUND = (
        1,
        "nothing found",
        "Nothing found; or what was asked about is damaged, stale or not there.",
    )
    WRONG = 2, "error", "Wrong usage or an error; one line on standard error says what to do."
    SOME_LEFT_OUT = (
        3,
        "done but some documents could not be read",
        "Done, but some documents could not be read, or some indexes not be asked.",
    )
    LOCKED = (
        11,
        "another semsearch is writing to the index",
        "Another semsearch is writing to this index.",
    )
    NO_KEY = 12, "no key or a wrong one", "No API key, or the server does not take it."
    OTHER_EMBEDDER = (
        13,
        "another embedder",
        "The index was built by another embedder, or its embedder gives other vectors by now.",
    )
    BUDGET = (
        14,
        "the budget is reached",
        "The budget is reached; what was embedded is kept.",
    )
    WORSE = (
        15,
        "the new generation is much worse and not shown",
        "The new generation is much worse than the old one, which still answers.",
    )
    DISK_FULL = 28, "the disk is full", "The disk is full, or would be."  # ENOSPC
    DISK_FAILED = 74, "the disk failed", "The disk failed."  # EX_IOERR of sysexits.h
    UNAVAILABLE = (  # EX_TEMPFAIL of sysexits.h: the same command goes on later
        75,
        "the server is out of reach or a batch job has not ended",
        "The server cannot be reached, is overloaded, or has a batch job that has not ended.",
    )
    TIMED_OUT = (  # as of timeout(1)
        124,
        "the time is up",
        "The time of --timeout is up; what was embedded is kept.",
    )
    INTERRUPTED = 130, "interrupted", "Interrupted; what was embedded is kept."
    TERMINATED = 143, "terminated", "Terminated (SIGTERM); the same holds."


class SemsearchError(Exception):
    """Something a person can act on; anything else that reaches the top is a bug."""

    exit_code: ClassVar[int] = ExitCode.WRONG


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM); what Ctrl-C does is done, with another exit code.

    ``was_asked`` holds when the exception itself was lost on its way, as in a callback of SQLite's.
    """

    was_asked: ClassVar[bool] = False


class TimedOut(KeyboardInterrupt):
    """The time that a command was given is up; the rest is as for ``Terminated``."""

    was_asked: ClassVar[bool] = False


class SettingsError(SemsearchError):
    """A setting, flag or environment variable cannot be used."""


class CorpusError(SemsearchError):
    """The folder is missing, is no folder, or cannot be listed."""


class IndexMissing(SemsearchError):
    """There is no index where one was looked for."""


class IndexDamaged(SemsearchError):
    """The record cannot be read."""


class IndexTooNew(SemsearchError):
    """The index was written by a later semsearch."""


class IndexLocked(SemsearchError):
    """Another process is writing to the index."""

    exit_code: ClassVar[int] = ExitCode.LOCKED


class StorageFailed(SemsearchError):
    """The disk reported an error, or gave back other bytes than were written."""

    exit_code: ClassVar[int] = ExitCode.DISK_FAILED


class DiskFull(StorageFailed):
    """There is no space for what is to be written."""

    exit_code: ClassVar[int] = ExitCode.DISK_FULL


class TooLittle(SemsearchError):
    """The index holds less than what was asked for takes."""


class RunDeclined(SemsearchError):
    """A person said no to what a run was about to send."""


class GenerationRefused(SemsearchError):
    """A new generation is much worse than the one before, which is still shown."""

    exit_code: ClassVar[int] = ExitCode.WORSE


class EmbedderMismatch(SemsearchError):
    """The index was built by another embedder than the one asked for."""

    exit_code: ClassVar[int] = ExitCode.OTHER_EMBEDDER


class EmbedderDrifted(EmbedderMismatch):
    """The embedder gives other vectors for the same texts than it gave before."""


class EmbedderError(SemsearchError):
    """An embedder did not turn the texts into vectors."""


class EmbedderUnavailable(EmbedderError):
    """No answer, or only 429/5xx answers, after every retry."""

    exit_code: ClassVar[int] = ExitCode.UNAVAILABLE


class RequestRefused(EmbedderError):
    """The server will not take this request; sending it again would not help."""


class TextsRefused(RequestRefused):
    """The embedder will not take some of the texts; all others were embedded before it was raised.

    ``reasons`` has a few words for each position in the texts that were given.
    """

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__("; ".join(dict.fromkeys(reasons.values())))
        self.reasons = reasons


class KeyRefused(EmbedderError):
    """There is no API key, or the server does not accept it."""

    exit_code: ClassVar[int] = ExitCode.NO_KEY


class BudgetReached(EmbedderError):
    """The next request might cost more than was allowed; nothing was sent over it."""

    exit_code: ClassVar[int] = ExitCode.BUDGET


class BatchPending(EmbedderError):
    """Texts are with the provider's Batch API, which has not ended its work."""

    exit_code: ClassVar[int] = ExitCode.UNAVAILABLE


class ReplyInvalid(EmbedderError):
    """The server's answer must not be stored: wrong count, order, dimension or numbers."""


class ModelMissing(EmbedderError):
    """A local model, or the extra that runs it, is not installed."""

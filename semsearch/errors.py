"""Errors of semsearch: a class per cause, each with the exit code of the command line.

    SemsearchError                    2
    ├── SettingsError                 2   a setting, flag or environment variable cannot be used
    ├── CorpusError                   2   the folder is missing, is no folder, or cannot be listed
    ├── IndexMissing                  2   no index at the given place
    ├── IndexDamaged                  2   the record cannot be read
    ├── IndexTooNew                   2   written by a later semsearch
    ├── IndexLocked                  11   another process is writing to the index
    ├── StorageFailed                74   the disk reported an error
    │   └── DiskFull                 28   no space left on the disk
    ├── EngineError                   2   a collection on an engine cannot be read or written
    │   ├── EngineRefused             2   the engine refuses what it is asked for
    │   └── EngineUnreachable        75   no answer of the engine in time
    ├── FilesElsewhere                2   a collection has no folder, index or file on this machine
    ├── TooLittle                     2   too few documents for this command
    ├── RunDeclined                   2   the user declined the plan
    ├── ApprovalMissing              16   the folder's settings cost money, nobody can be asked
    ├── GenerationRefused            15   a new generation is much worse than the present one
    ├── EmbedderMismatch             13   the index was built by another embedder
    │   └── EmbedderDrifted          13   the embedder gives other vectors than before
    ├── EmbedderError                 2
    │   ├── EmbedderUnavailable      75   no answer, or 429/5xx after every retry
    │   ├── RequestRefused            2   400/404/422: a retry would not help
    │   │   └── TextsRefused          2   some texts are refused; all others are embedded
    │   ├── KeyRefused               12   no API key, or 401/403
    │   ├── BudgetReached            14   the next request could exceed the budget
    │   ├── BatchPending             75   a batch job has not ended
    │   ├── ReplyInvalid              2   an answer that must not be stored
    │   └── ModelMissing              2   a local model, or its extra, is not installed
    └── DocumentUnreadable            -   one document is recorded as failed; the run continues
                                          (in documents/reason.py, with its codes)

A message says what happened, where, and what to do next, in one line.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Every exit code of the command line, with a short and a full meaning.

    Help, man page and manual are generated from this table; error classes refer to it.
    """

    short: str
    meaning: str

    def __new__(cls, code: int, short: str, meaning: str) -> "ExitCode":
        """Create the member from its code and meanings."""
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
        "Done, but some documents could not be read, some indexes not asked, or an answer is cut.",
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
        "The budget is reached, or would be; what was embedded is kept.",
    )
    WORSE = (
        15,
        "the new generation is much worse and not shown",
        "The new generation is much worse than the old one, which still answers.",
    )
    NOT_APPROVED = (
        16,
        "somebody has to agree first",
        "The folder's .semsearch.toml asks for something that costs money; agree once, or --yes.",
    )
    UNVERIFIED = (
        17,
        "nothing of the answer could be verified",
        "A model wrote an answer, but nothing of it could be verified.",
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
    """Base class of errors that a user can act on; any other exception is a bug.

    ``report`` is the ``IndexReport`` of a run that had ended before the error, else None.
    """

    exit_code: ClassVar[int] = ExitCode.WRONG
    report: object | None = None


class Interrupted(KeyboardInterrupt):
    """SIGINT was received, which Ctrl-C sends.

    ``was_asked`` is True even if the exception was lost: a library in C whose import is interrupted
    raises ``ImportError`` in its place (numpy 2.4).
    """

    was_asked: ClassVar[bool] = False


class Terminated(KeyboardInterrupt):
    """SIGTERM was received; handled like Ctrl-C, with another exit code.

    ``was_asked`` is True even if the exception was lost, for instance in a callback of SQLite.
    """

    was_asked: ClassVar[bool] = False


class TimedOut(KeyboardInterrupt):
    """The time limit of a command is up; handled like Ctrl-C, with another exit code.

    ``was_asked`` is True even if the exception was lost, for instance in a callback of SQLite.
    """

    was_asked: ClassVar[bool] = False


def is_interrupted() -> bool:
    """Whether Ctrl-C, SIGTERM or a time limit has come, also where its exception was lost."""
    return Interrupted.was_asked or Terminated.was_asked or TimedOut.was_asked


class SettingsError(SemsearchError):
    """A setting, flag or environment variable cannot be used."""


class CorpusError(SemsearchError):
    """The folder is missing, is no folder, or cannot be listed."""


class IndexMissing(SemsearchError):
    """There is no index at the given place."""


class IndexDamaged(SemsearchError):
    """The record cannot be read."""


class IndexTooNew(SemsearchError):
    """The index was written by a later semsearch."""


class IndexLocked(SemsearchError):
    """Another process is writing to the index."""

    exit_code: ClassVar[int] = ExitCode.LOCKED


class StorageFailed(SemsearchError):
    """The disk reported an error, or returned other bytes than were written."""

    exit_code: ClassVar[int] = ExitCode.DISK_FAILED


class DiskFull(StorageFailed):
    """The disk has no space for a file."""

    exit_code: ClassVar[int] = ExitCode.DISK_FULL


class EngineError(SemsearchError):
    """A collection on an engine (PostgreSQL, Milvus) cannot be read or written."""


class EngineRefused(EngineError):
    """The engine refuses a request: a right that is missing, a wrong version, a full disk."""


class EngineUnreachable(EngineError):
    """There is no answer of the engine in time, also after connecting again."""

    exit_code: ClassVar[int] = ExitCode.UNAVAILABLE


class FilesElsewhere(SemsearchError):
    """A collection was named for what needs the folder, the index or a file of a source."""


class TooLittle(SemsearchError):
    """The index has too few documents for this command (clustering needs three)."""


class RunDeclined(SemsearchError):
    """The user declined the plan of a run."""


class ApprovalMissing(SemsearchError):
    """The folder's own settings make a run cost money again, and nobody can be asked."""

    exit_code: ClassVar[int] = ExitCode.NOT_APPROVED


class GenerationRefused(SemsearchError):
    """A new generation is much worse than the present one, which remains visible."""

    exit_code: ClassVar[int] = ExitCode.WORSE


class EmbedderMismatch(SemsearchError):
    """The index was built with another embedder."""

    exit_code: ClassVar[int] = ExitCode.OTHER_EMBEDDER


class EmbedderDrifted(EmbedderMismatch):
    """The embedder gives other vectors for equal texts than before."""


class EmbedderError(SemsearchError):
    """An embedder failed to turn texts into vectors."""


class EmbedderUnavailable(EmbedderError):
    """No answer, or only 429/5xx answers, after every retry."""

    exit_code: ClassVar[int] = ExitCode.UNAVAILABLE


class RequestRefused(EmbedderError):
    """The server refuses this request; a retry would fail again."""


class TextsRefused(RequestRefused):
    """The embedder refuses some texts; all others were embedded before it was raised.

    ``reasons`` maps positions in the given texts to messages.
    """

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__("; ".join(dict.fromkeys(reasons.values())))
        self.reasons = reasons


class KeyRefused(EmbedderError):
    """There is no API key, or the server does not accept it."""

    exit_code: ClassVar[int] = ExitCode.NO_KEY


class BudgetReached(EmbedderError):
    """The next request could exceed the budget; no request exceeded it."""

    exit_code: ClassVar[int] = ExitCode.BUDGET


class BatchPending(EmbedderError):
    """Texts are with the provider's Batch API, whose job has not ended."""

    exit_code: ClassVar[int] = ExitCode.UNAVAILABLE


class ReplyInvalid(EmbedderError):
    """The server's answer must not be stored: wrong count, order, dimension or numbers."""


class ModelMissing(EmbedderError):
    """A local model, or the extra that runs it, is not installed."""

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
from typing import ClassVar


class SemsearchError(Exception):
    """Something a person can act on; anything else that reaches the top is a bug."""

    exit_code: ClassVar[int] = 2


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

    exit_code: ClassVar[int] = 11


class StorageFailed(SemsearchError):
    """The disk reported an error, or gave back other bytes than were written."""

    exit_code: ClassVar[int] = 74  # EX_IOERR of sysexits.h


class DiskFull(StorageFailed):
    """There is no space for what is to be written."""

    exit_code: ClassVar[int] = 28  # ENOSPC


class TooLittle(SemsearchError):
    """The index holds less than what was asked for takes."""


class RunDeclined(SemsearchError):
    """A person said no to what a run was about to send."""


class GenerationRefused(SemsearchError):
    """A new generation is much worse than the one before, which is still shown."""

    exit_code: ClassVar[int] = 15


class EmbedderMismatch(SemsearchError):
    """The index was built by another embedder than the one asked for."""

    exit_code: ClassVar[int] = 13


class EmbedderDrifted(EmbedderMismatch):
    """The embedder gives other vectors for the same texts than it gave before."""


class EmbedderError(SemsearchError):
    """An embedder did not turn the texts into vectors."""


class EmbedderUnavailable(EmbedderError):
    """No answer, or only 429/5xx answers, after every retry."""

    exit_code: ClassVar[int] = 75  # EX_TEMPFAIL of sysexits.h: the same command goes on later


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

    exit_code: ClassVar[int] = 12


class BudgetReached(EmbedderError):
    """The next request might cost more than was allowed; nothing was sent over it."""

    exit_code: ClassVar[int] = 14


class BatchPending(EmbedderError):
    """Texts are with the provider's Batch API, which has not ended its work."""

    exit_code: ClassVar[int] = 75


class ReplyInvalid(EmbedderError):
    """The server's answer must not be stored: wrong count, order, dimension or numbers."""


class ModelMissing(EmbedderError):
    """A local model, or the extra that runs it, is not installed."""

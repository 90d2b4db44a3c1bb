"""Reasons why a file, or some of its pages, cannot be found: a code with a detail.

The hint and the missing extra belong to the code; nothing reads them out of the words of the
detail.
"""

import errno
from dataclasses import dataclass
from enum import Enum
from typing import Final

from semsearch.errors import SemsearchError

_INSTALL_HINT = "install the extra that it names"
_PROGRAM_HINT = "install the program that it names"


class ReasonCode(Enum):
    """One kind of reason: the name that the record keeps, a hint, and what is missing, if any."""

    # Reasons to fix inside the file.
    SCANNED_PAGES = "scanned-pages", "run: semsearch index --ocr"
    PASSWORD = "password", "save it decrypted, without a password"  # a name, no password
    UNKNOWN_ENCODING = "unknown-encoding", "save it as UTF-8"
    DAMAGED = "damaged", "save it anew, or take it from a backup"
    BINARY = "binary", "give it the ending of its type, or add it to .semsearchignore"
    PRIVATE_KEY = "private-key", "keep keys out of the folder"
    INVALID_BYTES = "invalid-bytes", "save it as UTF-8"
    UNCALCULATED = "uncalculated", "open it in a spreadsheet program and save it"
    EMPTY = "empty", None
    NO_TEXT = "no-text", None
    WRONG_TYPE = "wrong-type", None  # the content does not match the file name
    OLD_OFFICE = "old-office", None
    ARCHIVE = "archive", None
    ENCRYPTED_BOOK = "encrypted-book", None
    ENTITIES = "entities", None  # an XML member that defines its own entities
    TOO_LARGE_UNPACKED = "too-large-unpacked", None
    TOO_MANY_CELLS = "too-many-cells", None
    PAGES_ELSEWHERE = "pages-elsewhere", None  # a DjVu file that names the files of its pages
    EMBEDDED = "embedded", None  # an object of another program in a document
    # Reasons to fix outside of the file.
    TOO_LARGE = "too-large", "raise max_file_bytes in your settings"
    TOOK_TOO_LONG = "took-too-long", "raise document_seconds in your settings"
    TOO_MUCH_MEMORY = "too-much-memory", "raise document_memory_bytes in your settings"
    CRASHED = "crashed", None
    NO_PROCESS = "no-process", None
    NO_PERMISSION = "no-permission", "give yourself permission to read it"
    CANNOT_OPEN = "cannot-open", None
    CHANGING = "changing", "run this again when it is at rest"
    OCR_FAILED = "ocr-failed", None
    PASSAGE_REFUSED = "passage-refused", "cut shorter: lower passage_characters"
    NEEDS_CODE = "needs-code", _INSTALL_HINT, "an extra: pip install 'semsearch[code]'"
    NEEDS_OFFICE = "needs-office", _INSTALL_HINT, "an extra: pip install 'semsearch[office]'"
    NEEDS_DJVULIBRE = (
        "needs-djvulibre",
        _PROGRAM_HINT,
        "DjVuLibre (on Debian: apt install djvulibre-bin)",
    )
    NEEDS_GHOSTSCRIPT = (
        "needs-ghostscript",
        _PROGRAM_HINT,
        "Ghostscript (on Debian: apt install ghostscript)",
    )
    # Files that semsearch skips on purpose.
    OTHER_TYPE = "other-type", None
    GENERATED = "generated", "run: semsearch index --generated"  # by a program, of other files
    SECRET_NAME = "secret-name", None  # the file may contain a secret
    UNKNOWN = "unknown", None  # code written by a later version

    def __init__(self, key: str, hint: str | None, needed: str | None = None) -> None:
        self.key = key
        self.hint = hint
        self.needed = needed

    __hash__ = object.__hash__  # members are singletons; Enum's own hash is slow for many files

    @property
    def is_on_purpose(self) -> bool:
        """Whether a file is left out because it is no document to search, not by a failure."""
        return self in (ReasonCode.OTHER_TYPE, ReasonCode.GENERATED)

    @classmethod
    def named(cls, key: str) -> "ReasonCode":
        """Return the code with this key; ``UNKNOWN`` where this version has none."""
        return _BY_KEY.get(key, cls.UNKNOWN)

    @classmethod
    def of_os_error(cls, error: OSError) -> "ReasonCode":
        """Return the code for a file or folder that the operating system does not open."""
        is_refused = error.errno in (errno.EACCES, errno.EPERM)
        return cls.NO_PERMISSION if is_refused else cls.CANNOT_OPEN


_BY_KEY: Final = {code.key: code for code in ReasonCode}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file or some pages of it cannot be found; ``detail`` says it in a few words.

    ``condition`` is a number of the condition under which reading failed, where another one may
    help: the limit that was exceeded, or the checksum of the programs that failed.
    """

    code: ReasonCode
    detail: str
    condition: float | None = None

    def __str__(self) -> str:
        return self.detail

    @property
    def hint(self) -> str | None:
        """The next step for a person; None when semsearch knows none."""
        return self.code.hint

    def and_also(self, other: "Reason") -> "Reason":
        """Return both reasons as one; the code is that of this reason."""
        return Reason(self.code, f"{self.detail}; {other.detail}", self.condition)


class DocumentUnreadable(SemsearchError):
    """One document cannot be read; the message is the reason, in a few words, without the path.

    ``digest`` is the SHA-256 of its bytes when the reason lies in them, so that they need not be
    read again before ``condition``, which is as in ``Reason``, has changed. ``pages`` are as many
    as it has, where they could be counted.
    """

    digest: bytes | None = None
    pages: int | None = None
    condition: float | None = None

    def __init__(self, code: ReasonCode, detail: str) -> None:
        words = " ".join(detail.split())  # a parser's message may quote the document
        super().__init__("".join(mark if mark.isprintable() else "\ufffd" for mark in words))
        self.code = code

    @property
    def reason(self) -> Reason:
        """The code with the message and the condition."""
        return Reason(self.code, str(self), self.condition)

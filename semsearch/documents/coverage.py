"""What became of each file of the corpus."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, Protocol


class Coverage(Enum):
    """The fate of one file; of those that are ``INDEXED`` or ``STALE`` the text can be found."""

    INDEXED = "indexed"  # in a ``LeftOut``: but for some of its pages
    STALE = "stale"  # it cannot be read any more; what was indexed of it before can be found
    NO_TEXT = "no text"  # read, but there was nothing in it to search
    SKIPPED = "skipped"  # of a type that semsearch does not read; never opened
    FAILED = "failed"  # of a type that it reads, but this one could not be

    __hash__ = object.__hash__  # a member is one object; Enum's own is slow for each of many files


SEARCHABLE: Final = frozenset({Coverage.INDEXED, Coverage.STALE})

# What can be done about a reason, by words that stand in it; the first that fits.
_HINTS: Final = (
    ("(scan", "run: semsearch index --ocr"),
    ("max_file_bytes", "raise max_file_bytes in your settings"),
    ("document_seconds", "raise document_seconds in your settings"),
    ("password", "save it without a password"),
    ("encoding", "save it as UTF-8"),
    ("pip install", "install the extra that it names"),
    ("Permission denied", "give yourself permission to read it"),
    ("changes while it is read", "run this again when it is at rest"),
    ("refuses a passage", "cut shorter: lower passage_characters"),
    ("damaged", "save it anew, or take it from a backup"),
    ("private key", "keep keys out of the folder"),
    ("it is empty", "remove it, or add it to .semsearchignore"),
    ("binary file", "give it the ending of its type, or add it to .semsearchignore"),
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or pages of one, that no query can find as they are, and why.

    The path is from the corpus; ``pages`` are those of an indexed document that are missing;
    ``since`` is when it was found to be so.
    """

    path: str
    coverage: Coverage
    reason: str
    pages: tuple[int, ...] = ()
    since: datetime | None = field(default=None, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The file as JSON names and values."""
        return {
            "path": self.path,
            "coverage": self.coverage.value,
            "reason": self.reason,
            "pages": list(self.pages),
            "hint": self.hint,
            "since": None if self.since is None else self.since.isoformat(),
        }

    @property
    def hint(self) -> str | None:
        """What can be done about it; None when nobody knows."""
        return next((hint for words, hint in _HINTS if words in self.reason), None)


class Covered(Protocol):
    """What the record says of a file, as far as its coverage goes."""

    @property
    def coverage(self) -> Coverage: ...
    @property
    def pages(self) -> int | None: ...
    @property
    def blank_pages(self) -> tuple[int, ...]: ...


def share_covered(files: Iterable[Covered]) -> float:
    """The share of all pages, and files without pages, that can be found as they are.

    Files of types that are not read do not count; 1 when there are no others.
    """
    covered = total = 0
    for file in files:
        if file.coverage is not Coverage.SKIPPED:
            pages = file.pages or 1
            total += pages
            covered += pages - len(file.blank_pages) if file.coverage is Coverage.INDEXED else 0
    return covered / total if total else 1.0

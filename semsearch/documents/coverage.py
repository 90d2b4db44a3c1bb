"""Coverage: whether each file of the corpus can be found, and if not, why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from semsearch.documents.formats import format_of
from semsearch.documents.reason import Reason, ReasonCode

if TYPE_CHECKING:
    from semsearch.documents.document import Document


class Coverage(Enum):
    """The state of one file; the text of ``INDEXED`` and ``STALE`` files is searchable."""

    INDEXED = "indexed"  # in a ``LeftOut``: all but some pages
    STALE = "stale"  # unreadable now; its last indexed passages can be found
    NO_TEXT = "no text"  # read, but it contains no text
    SKIPPED = "skipped"  # no document to search, by its type or by its content
    FAILED = "failed"  # of a supported type, but reading failed

    __hash__ = object.__hash__  # members are singletons; Enum's own hash is slow for many files


SEARCHABLE: Final = frozenset({Coverage.INDEXED, Coverage.STALE})


def is_compared(path: str, coverage: Coverage) -> bool:
    """Whether a change of a recorded file is one of the folder: not of a type that is never read.

    Files that are skipped by their content count, as another content may be a document.
    """
    return coverage is not Coverage.SKIPPED or format_of(path) is not None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or pages of a file, that no query can find in its present state, and why.

    ``path`` is relative to the corpus; ``pages`` are the missing pages of an indexed document;
    ``since`` is when this was found; ``page_count`` is how many pages the document has, None in
    formats without pages.
    """

    path: str
    coverage: Coverage
    why: Reason
    pages: tuple[int, ...] = ()
    since: datetime | None = field(default=None, compare=False)
    page_count: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The file as JSON names and values."""
        return {
            "path": self.path,
            "coverage": self.coverage.value,
            "reason": self.reason,
            "pages": list(self.pages),
            "page_count": self.page_count,
            "hint": self.hint,
            "since": None if self.since is None else self.since.isoformat(),
        }

    @property
    def reason(self) -> str:
        """The reason in a few words."""
        return self.why.detail

    @property
    def hint(self) -> str | None:
        """The next step for a person; None when semsearch knows none."""
        return self.why.hint


class Covered(Protocol):
    """The part of a recorded document that coverage is computed from."""

    @property
    def coverage(self) -> Coverage: ...
    @property
    def reason(self) -> Reason | None: ...
    @property
    def pages(self) -> int | None: ...
    @property
    def blank_pages(self) -> tuple[int, ...]: ...


def is_empty(reason: Reason | None) -> bool:
    """Whether a file has no text because there is nothing in it, which is no failure."""
    return reason is not None and reason.code is ReasonCode.EMPTY


def is_generated(reason: Reason | None) -> bool:
    """Whether a program has made a file of other files, for which it is left out."""
    return reason is not None and reason.code is ReasonCode.GENERATED


def share_covered(files: Iterable[Covered], others: int = 0) -> float:
    """Return the share of searchable pages, counting a file without pages as one page, 0 to 1.

    An unreadable document counts with all its pages, where they could be counted. Files of types
    that are not read, and empty files, do not count; the share is 1 without other files.
    ``others`` are so many more pages, all of them searchable.
    """
    covered = total = others
    for file in files:
        if file.coverage is not Coverage.SKIPPED and not is_empty(file.reason):
            pages = file.pages or 1
            total += pages
            covered += pages - len(file.blank_pages) if file.coverage is Coverage.INDEXED else 0
    return covered / total if total else 1.0


def why_incomplete(document: "Document", size: int) -> Reason | None:
    """Return why a document of ``size`` bytes, or some of its pages, has no text; else None."""
    reason = _without_text(document, size)
    if document.unread is None:
        return reason
    if reason is None or reason.code not in (ReasonCode.INVALID_BYTES, ReasonCode.SCANNED_PAGES):
        return document.unread
    return reason.and_also(document.unread)


def _without_text(document: "Document", size: int) -> Reason | None:
    """As ``why_incomplete``, but for the parts that the reader itself has named."""
    pages, blank = document.page_count, document.blank_pages
    if document.blocks and document.invalid_bytes:
        count = document.invalid_bytes
        bytes_are = "1 byte of it is" if count == 1 else f"{count} bytes of it are"
        detail = f"{bytes_are} not valid {(document.encoding or '').upper()} (read as \ufffd)"
        return Reason(ReasonCode.INVALID_BYTES, detail)
    if document.blocks and not blank:
        return None
    if document.blocks:
        detail = f"no text on {page_list(blank)} of {pages} (scans?)"
        return Reason(ReasonCode.SCANNED_PAGES, detail)
    if pages:
        detail = f"no text layer on any of its {pages} pages (a scan?)"
        return Reason(ReasonCode.SCANNED_PAGES, detail)
    if not size:
        return Reason(ReasonCode.EMPTY, "the file is empty")
    if document.is_blank:
        return Reason(ReasonCode.EMPTY, "there is nothing in it to find")
    return Reason(ReasonCode.NO_TEXT, "there is no text in it")


def page_list(pages: Sequence[int]) -> str:
    """Return page numbers in words.

    >>> page_list([2, 3, 4, 7])
    'pages 2-4, 7'
    """
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1][1:] = [page]
        else:
            runs.append([page])
    return f"page{'s' if len(pages) > 1 else ''} " + ", ".join(
        "-".join(map(str, run)) for run in runs
    )

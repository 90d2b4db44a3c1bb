"""Changes in the folder since the record was written: opens files, writes nothing."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from semsearch.documents.coverage import SEARCHABLE, Coverage
from semsearch.documents.document import PageReader
from semsearch.documents.formats import Format, format_of, is_image
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import Outcome, ReaderPool, Request
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode
from semsearch.documents.requirements import SECOND_PDF_READER, has_module
from semsearch.documents.walk.companions import Companions
from semsearch.documents.walk.walker import FileStat, Found, Unlistable, is_below
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument

_NO_STAT: Final = FileStat(size=0, mtime_ns=0, ctime_ns=0, inode=0)  # of a folder


@dataclass(frozen=True, slots=True)
class Untouched:
    """Files whose stat equals the recorded one: nothing is to be read or written."""

    documents: Sequence[StoredDocument]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A file whose content is as recorded; only its ``stat`` may differ."""

    document: StoredDocument
    stat: FileStat

    @property
    def path(self) -> str:
        """The path of the file, relative to the corpus."""
        return self.document.path


@dataclass(frozen=True, slots=True)
class Changed:
    """A new or changed file, with its document."""

    path: str
    read: ReadDocument


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that cannot be read; ``digest``, ``pages`` are as in ``DocumentUnreadable``.

    ``before`` is the recorded document, when text of it is searchable.
    """

    path: str
    stat: FileStat
    reason: Reason
    digest: bytes | None = None
    pages: int | None = None
    before: StoredDocument | None = None


@dataclass(frozen=True, slots=True)
class OtherType:
    """A file of a type that semsearch does not read."""

    path: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class Gone:
    """A file that is recorded and no longer in the folder."""

    path: str


class Waiting:
    """No finding: the next one takes a while, so that those before it should not wait for it."""


Finding = Untouched | Unchanged | Changed | Unread | OtherType | Gone


def scan(
    found: Sequence[Found | Unlistable],
    known: Iterable[StoredDocument],
    corpus: Path,
    settings: Settings,
    *,
    everything: bool,
    born: int,
    has_passages: Callable[[StoredDocument, ReadDocument], bool],
) -> Generator[Finding | Waiting, None, None]:
    """Compare the folder with the record: untouched files, then every other file, then files gone.

    A file that was touched is read; it is unchanged if it has its recorded bytes and
    ``has_passages`` tells that the record has its passages.

    With ``everything`` each file is read, except files that a stopped run has read for the same
    generation, whose documents are ``born`` in it.
    """
    before = {document.path: document for document in known}
    shut = {item.path for item in found if isinstance(item, Unlistable)}
    reads_images = bool(settings.ocr)
    limits = Limits.of(settings)
    touched, untouched = _parted(found, before, limits, born if everything else None)
    companions = Companions(corpus, () if limits.generated else found)
    paths = {item.path for item in touched}
    if again := {
        one.path for one in untouched if companions.must_be_read(one.path, one.reason, paths)
    }:
        touched = [item for item in found if item.path in paths or item.path in again]
    yield Untouched([document for document in untouched if document.path not in again])
    looked_at = (_looked_at(item, before.get(item.path), reads_images) for item in touched)
    with ReaderPool(corpus, limits) as pool:
        for answered in pool.in_order_with_waits(looked_at):
            if answered is None:
                yield Waiting()
                continue
            looked, outcome = answered
            if isinstance(looked, _ToRead):
                assert outcome is not None  # the caller asked for it
                yield _read(looked, outcome, everything, has_passages, companions)
            else:
                yield looked
    # Documents below a folder that cannot be listed stay; but documents that must be cut anew and
    # cannot be read go (their vectors stay).
    gone = before.keys() - {item.path for item in found}
    yield from (
        Gone(path) for path in before if path in gone and (everything or not is_below(path, shut))
    )


def _parted(
    found: Iterable[Found | Unlistable],
    before: Mapping[str, StoredDocument],
    limits: Limits,
    only_born: int | None,
) -> tuple[list[Found | Unlistable], list[StoredDocument]]:
    """Return what may have changed, and the documents of all other files.

    With ``only_born`` only documents that were born in that generation may be untouched.
    """
    touched: list[Found | Unlistable] = []
    untouched: list[StoredDocument] = []
    for item in found:
        document = before.get(item.path)
        if (
            document is not None
            and only_born in (None, document.born)
            and _is_untouched(item, document, limits)
        ):
            untouched.append(document)
        else:
            touched.append(item)
    return touched, untouched


def files_to_read(
    found: Iterable[Found | Unlistable], known: Iterable[StoredDocument]
) -> Iterator[Found]:
    """Yield the files that are new or seem to have changed, of types that are read."""
    stats = {document.path: document.stat for document in known}
    for item in found:
        if isinstance(item, Found) and stats.get(item.path) != item.stat and format_of(item.path):
            yield item


def are_untouched(
    found: Iterable[Found | Unlistable], documents: Sequence[StoredDocument], limits: Limits
) -> bool:
    """Whether ``scan`` will find every file untouched, as long as the same types are read.

    ``documents`` are the recorded documents after a run that has seen ``found``.
    """
    found = list(found)
    stats = {item.path: item.stat for item in found if isinstance(item, Found)}
    return (
        len(stats) == len(found)
        and stats == {document.path: document.stat for document in documents}
        and not any(_may_pass(document, limits) for document in documents)
    )


def _is_untouched(item: Found | Unlistable, document: StoredDocument, limits: Limits) -> bool:
    if isinstance(item, Unlistable) or document.stat != item.stat:
        return False
    is_read = _is_read(item.path, limits.languages is not None)
    if document.coverage is Coverage.SKIPPED and document.digest is None:
        return not is_read  # a missing extra may be installed now
    return is_read and not _may_pass(document, limits)


def _is_read(path: str, reads_images: bool) -> bool:
    return format_of(path) is not None or (reads_images and is_image(path))


def _may_pass(document: StoredDocument, limits: Limits) -> bool:
    """Whether reading failed, or fell short, for a reason outside the file that may be gone now."""
    if document.coverage in (Coverage.INDEXED, Coverage.NO_TEXT):
        return (_lacks_reader(document) and has_module(SECOND_PDF_READER)) or (
            document.reason is not None
            and _lacks_part(document)
            and limits.allow_another_try(document.reason)
        )
    if document.coverage not in (Coverage.FAILED, Coverage.STALE):
        return False
    if document.digest is None or document.reason is None or _lacks_pages(document):
        return True
    return limits.allow_another_try(document.reason)


def _lacks_reader(document: StoredDocument) -> bool:
    """Whether pages of a PDF were read badly while no other reader was installed."""
    reader = PageReader.of_text(document.encoding or "")
    return reader is not None and reader.lacks_another


def _lacks_part(document: StoredDocument) -> bool:
    """Whether a part of a file was not read, as an extra or a program was not installed."""
    return document.reason is not None and document.reason.code.needed is not None


def _was_read(document: StoredDocument) -> bool:
    """Whether a file was read, whatever became of its texts."""
    is_refused = document.reason is not None and document.reason.code is ReasonCode.PASSAGE_REFUSED
    return is_refused or document.coverage in (Coverage.INDEXED, Coverage.NO_TEXT)


@dataclass(frozen=True, slots=True)
class _ToRead:
    """A file that is new or seems to have changed, and its recorded document."""

    item: Found
    before: StoredDocument | None


def _looked_at(
    item: Found | Unlistable,
    document: StoredDocument | None,
    reads_images: bool,
) -> tuple[Finding | _ToRead, Request | None]:
    """Return a finding that needs no file to be opened, or a request to read the file."""
    if isinstance(item, Unlistable):
        return _unread(item.path, _NO_STAT, document, item.reason), None
    if not _is_read(item.path, reads_images):
        if document is not None and document.coverage is Coverage.SKIPPED:
            return Unchanged(document, item.stat), None
        return OtherType(item.path, item.stat), None
    return _ToRead(item, document), Request(item.path, item.stat.size)


def _read(
    looked: _ToRead,
    outcome: Outcome,
    everything: bool,
    has_passages: Callable[[StoredDocument, ReadDocument], bool],
    companions: Companions,
) -> Finding:
    item, before = looked.item, looked.before
    if isinstance(outcome, FileNotFoundError):
        return Gone(item.path)  # deleted since the walk
    if isinstance(outcome, DocumentUnreadable):
        return _unread(item.path, item.stat, before, outcome.reason, outcome.digest, outcome.pages)
    if (reason := companions.why_left_out(item.path)) is not None:
        return _unread(item.path, outcome.stat, before, reason, outcome.digest)
    is_known = before is not None and before.digest == outcome.digest and _was_read(before)
    if before is not None and (_lacks_reader(before) or _lacks_part(before)):
        is_known = False  # what is recorded with it may have changed
    if before is not None and is_known and not everything and has_passages(before, outcome):
        return Unchanged(before, outcome.stat)
    return Changed(item.path, outcome)


def _unread(
    path: str,
    stat: FileStat,
    before: StoredDocument | None,
    reason: Reason,
    digest: bytes | None = None,
    pages: int | None = None,
) -> Finding:
    """Return a finding for an unreadable file: unchanged if it was unreadable before."""
    is_kept = reason.code is not ReasonCode.GENERATED  # else its text goes on purpose
    had_text = before if before and is_kept and before.coverage in SEARCHABLE else None
    unread = Unread(path, stat, reason, digest, pages, had_text)
    if before is None or before.reason is None or (_lacks_pages(before) and pages is not None):
        return unread
    # The words decide: the code of an older version's reason is told by them, not known.
    is_same = (before.reason.detail, before.reason.condition) == (reason.detail, reason.condition)
    is_skipped = before.coverage is Coverage.SKIPPED and before.digest is not None
    if is_same and (is_skipped or before.coverage in (Coverage.FAILED, Coverage.STALE)):
        return Unchanged(before, stat)
    return unread


def _lacks_pages(document: StoredDocument) -> bool:
    """Whether an earlier version has not counted the pages of a PDF that it could not read."""
    is_unread = document.coverage is Coverage.FAILED and document.digest is not None
    return is_unread and document.pages is None and format_of(document.path) is Format.PDF

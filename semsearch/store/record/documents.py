"""Rows of documents, read from the record."""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from semsearch.documents.coverage import Coverage, LeftOut
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import FileStat
from semsearch.store.record.reason_text import reason_of_text

_DOCUMENT: Final = (
    "id, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages, blank_pages, born,"
    " encoding, since"
)
# Of what is as it should be, no text but the path: that takes half of the time.
_DOCUMENT_IN_SHORT: Final = (
    "id, path, size, mtime_ns, ctime_ns, inode, digest, nullif(coverage, 'indexed'), reason, pages,"
    " iif(reason is null, null, blank_pages), born, null, iif(reason is null, null, since)"
)
_COVERAGES: Final[Mapping[str | None, Coverage]] = {
    None: Coverage.INDEXED,
    **{coverage.value: coverage for coverage in Coverage},
}


_NO_REASON: Final = Reason(ReasonCode.UNKNOWN, "")


class StoredDocument(NamedTuple):
    """One file of the corpus as the record has it; ``path`` is relative to the corpus."""

    id: int
    path: str
    stat: FileStat
    digest: bytes | None
    coverage: Coverage
    reason: Reason | None
    pages: int | None
    blank_pages: tuple[int, ...]
    born: int
    encoding: str | None = None
    since: datetime | None = None


def left_out(documents: Iterable[StoredDocument]) -> tuple[LeftOut, ...]:
    """The files and pages that no query can find, with their reasons."""
    return tuple(
        LeftOut(
            document.path,
            document.coverage,
            document.reason or _NO_REASON,
            document.blank_pages,
            document.since,
        )
        for document in documents
        if is_left_out(document)
    )


def is_left_out(document: StoredDocument) -> bool:
    """Whether no query can find a file, or pages of it."""
    return document.coverage is not Coverage.INDEXED or document.reason is not None


def _document(row: tuple[Any, ...]) -> StoredDocument:
    document, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages = row[:10]
    blank_pages, born, encoding, since = row[10:14]
    return StoredDocument(
        document,
        os.fsdecode(path),
        FileStat(size, mtime_ns, ctime_ns, inode),
        digest,
        _COVERAGES[coverage],
        reason_of_text(reason),
        pages,
        () if blank_pages in (None, "[]") else tuple(json.loads(blank_pages)),
        born,
        encoding,
        None if since is None else datetime.fromisoformat(since),
    )

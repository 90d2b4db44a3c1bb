"""Findings written into the record: a group of them in one transaction.

A transaction for each document would write every page of the record that it touches, many of them
shared with the next document, to the log: eight pages of 32 KB for a note.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.context import kept_title
from semsearch.documents.coverage import Coverage, why_incomplete
from semsearch.documents.formats import why_not_read
from semsearch.indexer.scan import (
    Changed,
    Finding,
    Gone,
    OtherType,
    Unchanged,
    Unread,
    Untouched,
    Waiting,
)
from semsearch.store.record.document_rows import DocumentRows

_MOST: Final = 64  # findings of a group
_MOST_BYTES: Final = 4_000_000  # of their files, so that their documents fit into memory
_SECONDS: Final = 0.25  # between the first and the last; a killed run loses no more of its reading

Recordable = Changed | Unchanged | Unread | OtherType | Gone


def grouped(
    findings: Iterable[Finding | Waiting],
) -> Iterator[Untouched | Waiting | list[Recordable]]:
    """Yield findings in their order, those that come at about the same time together."""
    group: list[Recordable] = []
    size, began = 0, 0.0
    for finding in findings:
        if isinstance(finding, (Untouched, Waiting)):
            if group:
                yield group
                group, size = [], 0
            yield finding
            continue
        if not group:
            began = time.monotonic()
        group.append(finding)
        size += finding.read.stat.size if isinstance(finding, Changed) else 0
        is_late = time.monotonic() - began >= _SECONDS
        if is_late or len(group) == _MOST or size >= _MOST_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def record(
    group: Sequence[Recordable], rows: DocumentRows, budget: Budget
) -> Sequence[tuple[int, str]]:
    """Record findings in one transaction; returns (text id, text) of texts without a vector.

    Only documents that go, or whose file cannot be read any more, are synced to the disk.
    """
    lacking: list[tuple[int, str]] = []
    with rows.one_transaction(is_durable=any(map(_takes_away, group))):
        for finding in group:
            lacking += _record(finding, rows, budget)
    return lacking


def _takes_away(finding: Recordable) -> bool:
    is_stale = isinstance(finding, Unread) and finding.before is not None
    return is_stale or isinstance(finding, Gone)


def _record(finding: Recordable, rows: DocumentRows, budget: Budget) -> Sequence[tuple[int, str]]:
    match finding:
        case Changed(path, read):
            return rows.put(
                path,
                read.stat,
                Coverage.INDEXED if read.document.blocks else Coverage.NO_TEXT,
                reason=why_incomplete(read.document, read.stat.size),
                digest=read.digest,
                pages=read.document.page_count,
                blank_pages=read.document.blank_pages,
                encoding=read.document.decoded_by,
                title=kept_title(read.document),
                passages=passages_of(read.document, budget, path),
            )
        case Unchanged(document, stat):
            rows.put_stat(document, stat)
        case Unread(_, stat, reason, digest, _, before) if before is not None:
            rows.put_stale(before, stat, reason, digest)
        case Unread(path, stat, reason, digest, pages):
            coverage = Coverage.SKIPPED if reason.code.is_on_purpose else Coverage.FAILED
            rows.put(path, stat, coverage, reason=reason, digest=digest, pages=pages)
        case OtherType(path, stat):
            rows.put(path, stat, Coverage.SKIPPED, reason=why_not_read(path))
        case Gone(path):
            rows.remove([path])
    return ()

"""Counts the documents that a run changes, as the findings of ``scan`` come."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from semsearch.documents.coverage import SEARCHABLE, Coverage, is_empty, why_incomplete
from semsearch.indexer.document_counts import (
    NO_OTHERS,
    Change,
    DocumentCounts,
    DocumentState,
    Others,
    state_of,
    states_of,
)
from semsearch.indexer.scan import Changed, Finding, Gone, OtherType, Unchanged, Unread, Untouched
from semsearch.store.record.documents import StoredDocument


@dataclass(slots=True)
class DocumentCounter:
    """Counts documents as the findings of a scan come.

    ``committed`` are the documents of the last generation, ``known`` those that the scan begins
    with, which are others after a stopped run. ``others`` are of neither, and stay as they are.
    """

    committed: Sequence[StoredDocument]
    known: Sequence[StoredDocument]
    others: Others = NO_OTHERS
    _seen: dict[str, DocumentState | None] = field(init=False, default_factory=dict)  # None: gone
    _read: int = field(init=False, default=0)

    def see(self, finding: Finding) -> None:
        """Count one finding."""
        match finding:
            case Untouched() | Unchanged():
                pass  # it stays as it is known
            case Changed(path, read):
                has_text = bool(read.document.blocks)
                self._read += has_text
                coverage = Coverage.INDEXED if has_text else Coverage.NO_TEXT
                reason = why_incomplete(read.document, read.stat.size)
                self._seen[path] = (coverage, read.digest, reason)
            case Unread(path, _, reason, digest, _, before):
                coverage = Coverage.SKIPPED if reason.code.is_on_purpose else Coverage.FAILED
                self._seen[path] = (Coverage.STALE if before else coverage, digest, reason)
            case OtherType(path):
                self._seen[path] = (Coverage.SKIPPED, None, None)
            case Gone(path):
                self._seen[path] = None

    def counts(self) -> DocumentCounts:
        """Return the counts of the findings so far."""
        if self.committed is self.known:
            before = states_of(one for one in self.known if one.path in self._seen)
            others = [one for one in self.known if one.path not in self._seen]
        else:
            before, others = states_of(self.committed), []
        after = dict(before) if self.committed is self.known else states_of(self.known)
        for path, state in self._seen.items():
            if state is None:
                after.pop(path, None)
            else:
                after[path] = state
        change = Change.between(before, after)
        states = [*after.values(), *map(state_of, others)]
        found = [coverage for coverage, _, _ in states if coverage in SEARCHABLE]
        stale = found.count(Coverage.STALE)
        return DocumentCounts(
            self._read,
            change.added,
            change.changed,
            change.removed,
            len(found) - change.added - change.changed - stale + self.others.documents,
            sum(map(_is_unreadable, states)),
        )


def _is_unreadable(state: DocumentState) -> bool:
    coverage, _, reason = state
    return coverage not in (Coverage.INDEXED, Coverage.SKIPPED) and not is_empty(reason)

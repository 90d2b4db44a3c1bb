"""Counts of documents: how a run will change them, by what ``scan`` has found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from semsearch.documents.coverage import SEARCHABLE, Coverage, is_empty, why_incomplete
from semsearch.documents.reason import Reason
from semsearch.indexer.scan import Changed, Finding, Gone, OtherType, Unchanged, Unread, Untouched
from semsearch.store.record.documents import StoredDocument

_State = tuple[Coverage, bytes | None, Reason | None]


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """Numbers of documents before a run, and after it, as its report counts them.

    ``to_read`` are new or changed, ``added`` and ``changed`` compared with the last generation (a
    rebuild reads documents that have not changed, too). ``unchanged`` can be found in their present
    state, ``gone`` no longer. ``unreadable`` files cannot be read or have no text; their last text
    may be found. Files that semsearch does not read, and empty files, do not count.
    """

    to_read: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0
    unchanged: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """By how many searchable documents a folder, or a generation, differs from the one before."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @classmethod
    def between(cls, before: Mapping[str, _State], after: Mapping[str, _State]) -> "Change":
        """Count the difference of the searchable documents, given by their paths.

        A document that can no longer be read has not changed: its last text may be found.
        """
        old = {
            path: digest for path, (coverage, digest, _) in before.items() if coverage in SEARCHABLE
        }
        new = {path: state for path, state in after.items() if state[0] in SEARCHABLE}
        kept = new.keys() & old.keys()
        changed = sum(
            new[path][0] is not Coverage.STALE and new[path][1] != old[path] for path in kept
        )
        return cls(len(new) - len(kept), changed, len(old) - len(kept))


NO_DOCUMENTS: Final = DocumentCounts()


@dataclass(slots=True)
class DocumentCounter:
    """Counts documents as the findings of a scan come.

    ``committed`` are the documents of the last generation, ``known`` those that the scan begins
    with, which may be of a stopped run.
    """

    committed: Sequence[StoredDocument]
    known: Iterable[StoredDocument]
    _states: dict[str, _State] = field(init=False)
    _read: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._states = states_of(self.known)

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
                self._states[path] = (coverage, read.digest, reason)
            case Unread(path, _, reason, digest, _, before):
                coverage = Coverage.SKIPPED if reason.code.is_on_purpose else Coverage.FAILED
                self._states[path] = (Coverage.STALE if before else coverage, digest, reason)
            case OtherType(path):
                self._states[path] = (Coverage.SKIPPED, None, None)
            case Gone(path):
                self._states.pop(path, None)

    def counts(self) -> DocumentCounts:
        """Return the counts of the findings so far."""
        change = Change.between(states_of(self.committed), self._states)
        found = [coverage for coverage, _, _ in self._states.values() if coverage in SEARCHABLE]
        stale = found.count(Coverage.STALE)
        return DocumentCounts(
            self._read,
            change.added,
            change.changed,
            change.removed,
            len(found) - change.added - change.changed - stale,
            sum(map(_is_unreadable, self._states.values())),
        )


def states_of(documents: Iterable[StoredDocument]) -> dict[str, _State]:
    """The state of each document by its path."""
    return {document.path: _state(document) for document in documents}


def _state(document: StoredDocument) -> _State:
    return document.coverage, document.digest, document.reason


def _is_unreadable(state: _State) -> bool:
    coverage, _, reason = state
    return coverage not in (Coverage.INDEXED, Coverage.SKIPPED) and not is_empty(reason)

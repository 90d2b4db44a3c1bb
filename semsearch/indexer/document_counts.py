"""Counts of documents: by how many a run changes them, as its plan and its report say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from semsearch.documents.coverage import SEARCHABLE, Coverage
from semsearch.documents.reason import Reason
from semsearch.store.record.documents import StoredDocument

DocumentState = tuple[Coverage, bytes | None, Reason | None]


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
class Others:
    """Documents of folders without a change: each can be found as a whole, now as before.

    Of ``pages`` a file without pages counts as one.
    """

    documents: int = 0
    pages: int = 0


NO_OTHERS: Final = Others()


@dataclass(frozen=True, slots=True)
class Change:
    """By how many searchable documents a folder, or a generation, differs from the one before."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @classmethod
    def between(
        cls, before: Mapping[str, DocumentState], after: Mapping[str, DocumentState]
    ) -> "Change":
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


def states_of(documents: Iterable[StoredDocument]) -> dict[str, DocumentState]:
    """The state of each document by its path."""
    return {document.path: state_of(document) for document in documents}


def state_of(document: StoredDocument) -> DocumentState:
    """The state of a document, as far as counts tell states apart."""
    return document.coverage, document.digest, document.reason

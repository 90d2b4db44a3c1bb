"""Files within a document that cannot be read: attachments, members of an archive."""

from collections import Counter
from typing import Final

from semsearch.documents.coverage import why_incomplete
from semsearch.documents.document import Document
from semsearch.documents.formats import why_not_read
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

_NAMED: Final = 5  # files that a reason names
_NOTHING_IN_IT: Final = (ReasonCode.EMPTY, ReasonCode.NO_TEXT)


class UnreadParts:
    """Collects the files that are not read, or in part only; files of other types are none."""

    def __init__(self) -> None:
        self._failed: list[tuple[str, Reason]] = []
        self._before = ""  # names of files in a part of the document

    def within(self, place: str) -> "UnreadParts":
        """Return a collector for a part of the document, as a message: its files are named so."""
        part = UnreadParts()
        part._failed, part._before = self._failed, f"{self._before}{place}, "
        return part

    def add_failure(self, name: str, error: DocumentUnreadable) -> None:
        """Note a file that its reader has refused."""
        if not error.code.is_on_purpose:
            self._note(name, error.reason)

    def _note(self, name: str, reason: Reason) -> None:
        is_whole = self._before.endswith(f"{name}, ")  # the part itself
        shown = self._before.removesuffix(", ") if is_whole else self._before + name
        self._failed.append((shown, reason))

    def add_excess(self, name: str, told: str) -> None:
        """Note files that are not read since they are too many, or too deep in others."""
        self.add_failure(name, DocumentUnreadable(ReasonCode.TOO_LARGE_UNPACKED, told))

    def add_missing_reader(self, name: str) -> None:
        """Note a file that would be read if something were installed; other files are none."""
        reason = why_not_read(name)
        if reason.code.needed is not None:
            self._note(name, reason)

    def add_incomplete(self, name: str, document: Document, size: int) -> None:
        """Note a file of ``size`` bytes of which a part is not read."""
        reason = why_incomplete(document, size)
        if reason is not None and reason.code not in _NOTHING_IN_IT:
            self._note(name, reason)

    @property
    def reason(self) -> Reason | None:
        """Why the document around is incomplete: a code, and the files' names.

        The code is the most frequent one, of those that an installation resolves if there are any:
        the document is then read again.
        """
        if not self._failed:
            return None
        found = [reason.code for _, reason in self._failed]
        codes = Counter([code for code in found if code.needed is not None] or found)
        named = [f"{name}: {reason.detail}" for name, reason in self._failed[:_NAMED]]
        more = len(self._failed) - len(named)
        rest = [f"and {more} more"] if more else []
        words = f"not read: {'; '.join([*named, *rest])}"
        # Names of files are the document's: as an error's, they are made printable.
        return DocumentUnreadable(codes.most_common(1)[0][0], words).reason

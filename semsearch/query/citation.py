"""Whether a citation still holds: the file as it is now, against what was indexed of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.documents.passage import Location
from semsearch.documents.reason import DocumentUnreadable
from semsearch.documents.walk.walker import FileStat
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument

if TYPE_CHECKING:
    from semsearch.documents.readers.reader import ReadDocument

_PATIENCE: Final = 5.0  # seconds for a file that has changed: somebody waits for the answer


class Standing(Enum):
    """What has become of a passage since it was indexed."""

    EXACT = "exact"  # it stands where it is cited
    MOVED = "moved"  # it stands elsewhere in the same file
    CHANGED = "changed"  # the file does not have this text any more, or cannot be read
    GONE = "gone"  # there is no such file any more


@dataclass(frozen=True, slots=True)
class Checked:
    """A passage's standing, and where it stands now (where it was, if nobody can say)."""

    standing: Standing
    location: Location


class Checker:
    """Checks the passages of one corpus; a file is opened only if its stat has changed, and once.

    ``documents`` is what the record says of the files, by path.
    """

    def __init__(
        self, corpus: Path, documents: Mapping[str, StoredDocument], settings: Settings
    ) -> None:
        self._corpus = corpus
        self._documents = documents
        self._settings = settings
        self._read: dict[str, ReadDocument | Exception] = {}

    def check(self, location: Location, text: str) -> Checked:
        """The standing of a passage that was indexed at a location."""
        document = self._documents.get(location.path)
        try:
            found = FileStat.of((self._corpus / location.path).lstat())
        except OSError:
            return Checked(Standing.GONE, location)
        if document is not None and document.stat == found:
            return Checked(Standing.EXACT, location)
        try:
            read = self.read(location.path)
        except FileNotFoundError:
            return Checked(Standing.GONE, location)
        except DocumentUnreadable:
            return Checked(Standing.CHANGED, location)
        if document is not None and read.digest == document.digest:
            return Checked(Standing.EXACT, location)
        return _nearest(_locations(location.path, text, read), location)

    def read(self, path: str) -> "ReadDocument":
        """A document as it is now; raises ``DocumentUnreadable`` and ``FileNotFoundError``."""
        if path not in self._read:
            self._read[path] = self._read_now(path)
        read = self._read[path]
        if isinstance(read, Exception):
            raise read
        return read

    def _read_now(self, path: str) -> "ReadDocument | Exception":
        from semsearch.documents.pool.pool import (  # here: most files are unchanged
            Limits,
            ReaderPool,
        )

        limits = Limits.of(self._settings)
        if not self._settings.ocr:
            limits = replace(limits, seconds=min(_PATIENCE, limits.seconds))
        try:
            with ReaderPool(self._corpus, limits, workers=1) as pool:
                return pool.read(path)
        except (DocumentUnreadable, FileNotFoundError) as error:
            return error


def _locations(path: str, text: str, read: "ReadDocument") -> Iterable[Location]:
    from semsearch.documents.chunker import places_of  # here: most files are unchanged

    for found in places_of(text, read.document):
        yield Location(path, found.lines, found.pages, found.headings, found.place)


def _nearest(found: Iterable[Location], before: Location) -> Checked:
    """The nearest of the places where a text stands now to the one where it was."""
    places = list(found)
    if not places:
        return Checked(Standing.CHANGED, before)
    nearest = min(places, key=lambda place: abs(_start(place) - _start(before)))
    same = replace(nearest, headings=before.headings) == before
    return Checked(Standing.EXACT if same else Standing.MOVED, nearest)


def _start(location: Location) -> int:
    return (location.lines or location.pages or (0, 0))[0]

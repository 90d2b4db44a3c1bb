"""Check whether a citation still holds: the file as it is now against the indexed passage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from semsearch.documents.passage import Location, spanning
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.documents.walk.walker import FileStat
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument

if TYPE_CHECKING:
    from semsearch.documents.pool.limits import Limits
    from semsearch.documents.readers.reader import ReadDocument

_READ_SECONDS: Final = 5.0  # for a changed file, while a person waits for the answer
_OCR_SECONDS: Final = 30.0  # for one with scans, of which tesseract reads a page in 1 to 3 s


class Standing(Enum):
    """Whether the file still has a passage at its place."""

    EXACT = "exact"  # at the cited place
    MOVED = "moved"  # elsewhere in the file
    CHANGED = "changed"  # the file no longer has this text, or cannot be read
    GONE = "gone"  # the file is gone


_WORST_LAST: Final = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Checked:
    """A passage's standing, and its location now (the indexed location if it is not known)."""

    standing: Standing
    location: Location

    def to_dict(self) -> dict[str, Any]:
        """Standing and place as JSON names and values; the path is that of the passage."""
        place = self.location.to_dict()
        return {
            "standing": self.standing.value,
            "pages": place["pages"],
            "lines": place["lines"],
            "place": place["place"],
        }


class Checker:
    """Checks the passages of a corpus. A file is opened only if its stat has changed, and once.

    A file whose stat is recorded was read by this index on this disk. Any other file is searched
    for the words: an index from elsewhere has digests and passages that need not belong together.
    ``documents`` are the documents of the record, by path. A file is read as the generation was
    told to read, by its ``chunking``: with its languages of OCR, with generated text or without.
    With ``is_patient`` a document may take as long as in a run of the indexer.
    """

    def __init__(
        self,
        corpus: Path,
        documents: Mapping[str, StoredDocument],
        settings: Settings,
        chunking: str,
        *,
        is_patient: bool = False,
    ) -> None:
        self._corpus = corpus
        self._documents = documents
        self._settings = settings
        self._chunking = chunking
        self._is_patient = is_patient
        self._read: dict[str, ReadDocument | Exception] = {}

    def check(self, location: Location, text: str) -> Checked:
        """The standing of a passage with its indexed location and text."""
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
        return _nearest(_locations(location.path, text, read), location)

    def check_parts(self, parts: Sequence[tuple[Location, str]], whole: Location) -> Checked:
        """The standing of neighbours that were merged: that of the part which is worst off."""
        checked = [self.check(location, text) for location, text in parts]
        standing = max((one.standing for one in checked), key=_WORST_LAST.index)
        if standing is not Standing.MOVED:
            return Checked(standing, whole)
        return Checked(standing, reduce(spanning, [one.location for one in checked]))

    def read(self, path: str) -> "ReadDocument":
        """Read a document as it is now; raises ``DocumentUnreadable`` or ``FileNotFoundError``."""
        if path not in self._read:
            self._read[path] = self._read_now(path)
        read = self._read[path]
        if isinstance(read, Exception):
            raise read
        return read

    @property
    def reads_by_ocr(self) -> bool:
        """Whether the index was told to read scans."""
        return bool(self._reading_settings.ocr)

    @property
    def _reading_settings(self) -> Settings:
        # Imported here: most files are unchanged.
        from semsearch.store.record.chunking_profile import ChunkingProfile

        profile = ChunkingProfile.parse(self._chunking)
        generated = "yes" if profile.generated else "no"
        return replace(self._settings, ocr=profile.ocr or "", generated=generated)

    def _read_now(self, path: str) -> "ReadDocument | Exception":
        # Imported here: most files are unchanged.
        from semsearch.documents.pool.limits import Limits

        limits = Limits.of(self._reading_settings)
        if not self.reads_by_ocr:
            limits = replace(limits, seconds=min(_READ_SECONDS, limits.seconds), patience=1)
        elif not self._is_patient:
            limits = replace(limits, seconds=min(_OCR_SECONDS, limits.seconds), patience=1)
        try:
            return _read_within(limits, self._corpus, path)
        except (DocumentUnreadable, FileNotFoundError) as error:
            return error


def _read_within(limits: "Limits", corpus: Path, path: str) -> "ReadDocument":
    """Read a document; a generated one, too, as its index may hold it."""
    from semsearch.documents.pool.pool import ReaderPool  # here: most files are unchanged

    with ReaderPool(corpus, limits, workers=1) as pool:
        try:
            return pool.read(path)
        except DocumentUnreadable as error:
            if error.code is not ReasonCode.GENERATED:
                raise
    with ReaderPool(corpus, replace(limits, generated=True), workers=1) as pool:
        return pool.read(path)


def _locations(path: str, text: str, read: "ReadDocument") -> Iterable[Location]:
    from semsearch.documents.chunker import places_of  # here: most files are unchanged

    for found in places_of(text, read.document):
        yield Location(path, found.lines, found.pages, found.headings, found.place)


def _nearest(found: Iterable[Location], before: Location) -> Checked:
    """Of the places that have the text now, the nearest to its indexed place."""
    places = list(found)
    if not places:
        return Checked(Standing.CHANGED, before)
    nearest = min(places, key=lambda place: abs(_start(place) - _start(before)))
    same = replace(nearest, headings=before.headings) == before
    return Checked(Standing.EXACT if same else Standing.MOVED, nearest)


def _start(location: Location) -> int:
    return (location.lines or location.pages or (0, 0))[0]

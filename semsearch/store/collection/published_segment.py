"""A segment of a collection, read blob by blob and kept: its blobs never change."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.blob_format import damaged, damaged_values, unpacked
from semsearch.store.collection.engine import Engine, key_of
from semsearch.store.collection.manifest import SegmentEntry
from semsearch.store.collection.segment_blobs import (
    LISTED,
    DocumentList,
    Gone,
    Owners,
    PublishedDocument,
    TextColumns,
    digests_of,
    document_list,
    files_of,
    gone_of,
    nothing_gone,
    owners_of,
    text_columns,
)
from semsearch.store.disk.ids import Ids, is_among

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.record.vectors import StoredVectors


class PublishedSegment:
    """Reads a segment as a manifest's ``entry`` describes it."""

    def __init__(self, engine: Engine, entry: SegmentEntry, dimension: int) -> None:
        self.entry = entry
        self._engine = engine
        self._dimension = dimension
        self._files: dict[
            int, tuple[Mapping[int, PublishedDocument], Mapping[bytes, StoredVectors]]
        ]
        self._files = {}
        self._lock = Lock()

    def with_entry(self, entry: SegmentEntry) -> "PublishedSegment":
        """The segment as another manifest describes it; what was read is kept."""
        other = PublishedSegment(self._engine, entry, self._dimension)
        kept = ("columns", "owners", "documents", "digests", "text_digests", "_first_of_files")
        other.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        other._files = self._files
        return other

    def _blob(self, name: str) -> tuple[bytes | None, str]:
        whole = f"{self.entry.prefix}{name}"
        return self._engine.blobs([whole]).get(whole), whole

    @cached_property
    def columns(self) -> TextColumns:
        """Columns over its texts."""
        return text_columns(*self._blob("texts"), self.entry.texts)

    @cached_property
    def text_digests(self) -> "npt.NDArray[np.uint64]":
        """The first eight bytes of the SHA-256 of each of its texts, as numbers."""
        blob, name = self._blob("digests")
        parts = unpacked(blob, name)
        with damaged_values(name):
            found = parts["digests"].astype(np.uint64)
        if len(found) != self.entry.texts:
            raise damaged(f"{name}: another number of texts")
        return found

    @cached_property
    def owners(self) -> Owners:
        """Which documents its texts stand in."""
        return owners_of(*self._blob("owners"), self.entry.texts)

    @cached_property
    def gone(self) -> Gone:
        """What has gone of it."""
        if not self.entry.gone_texts and not self.entry.gone_documents:
            return nothing_gone()
        name = self.entry.gone_name
        gone = gone_of(self._engine.blobs([name]).get(name), name)
        if (len(gone.texts), len(gone.documents)) != (
            self.entry.gone_texts,
            self.entry.gone_documents,
        ):
            raise damaged(f"{name}: another number of texts or documents")
        if len(gone.texts) and not (
            gone.texts[0] >= 0
            and gone.texts[-1] < self.entry.texts
            and (np.diff(gone.texts) > 0).all()
        ):
            raise damaged(f"{name}: texts that the segment does not have")
        return gone

    @cached_property
    def documents(self) -> DocumentList:
        """Columns over the documents that were written with it, also of those that have gone."""
        return document_list(self._parts("documents"), self.entry.documents)

    @cached_property
    def digests(self) -> list[bytes | None]:
        """The digest of the file of each of ``documents``."""
        found = [one for blob, name in self._parts("digests") for one in digests_of(blob, name)]
        if len(found) != self.entry.documents:
            raise damaged(f"{self.entry.prefix}digests: another number of documents")
        return found

    def _parts(self, kind: str) -> list[tuple[bytes | None, str]]:
        count = -(-self.entry.documents // LISTED)
        names = [f"{self.entry.prefix}{kind}-{number}" for number in range(count)]
        found = self._engine.blobs(names)
        return [(found.get(name), name) for name in names]

    @cached_property
    def live_ordinals(self) -> Ids:
        """The ordinals of the texts that have not gone, ascending."""
        with damaged_values(self.entry.prefix):  # of a number that no memory has room for
            every = np.arange(self.entry.texts, dtype=np.int64)
        return every if not self.entry.gone_texts else every[~is_among(every, self.gone.texts)]

    @cached_property
    def live_documents(self) -> "npt.NDArray[np.int64]":
        """The positions in ``documents`` of those that have not gone."""
        positions = np.arange(self.entry.documents, dtype=np.int64)
        if not self.entry.gone_documents:
            return positions
        return positions[~is_among(self.documents.ids, self.gone.documents)]

    def keys(self, ordinals: Ids) -> Ids:
        """The keys of some of its texts."""
        return ordinals + key_of(self.entry.number, 0)

    @cached_property
    def _first_of_files(self) -> Ids:
        blob, name = self._blob("files")
        with damaged_values(name):
            return unpacked(blob, name)["first"].astype(np.int64)

    def place_of(self, document: int) -> int | None:
        """The number of the blob that would have a document, if any would."""
        at = int(np.searchsorted(self._first_of_files, document, side="right")) - 1
        return at if at >= 0 else None

    def has_gone(self, document: int) -> bool:
        """Whether a document that was written with the segment has gone."""
        return bool(is_among(np.array([document]), self.gone.documents)[0])

    def files(
        self, numbers: Iterable[int]
    ) -> "list[tuple[Mapping[int, PublishedDocument], Mapping[bytes, StoredVectors]]]":
        """Documents by id, and vectors of titles by digest, of some blobs."""
        wanted = sorted(set(numbers))
        with self._lock:
            lacking = [number for number in wanted if number not in self._files]
        names = {f"{self.entry.prefix}files-{number}": number for number in lacking}
        blobs = self._engine.blobs(list(names)) if names else {}
        for name, number in names.items():
            documents, titles = files_of(blobs.get(name), name, self._dimension)
            with self._lock:
                self._files[number] = {one.id: one for one in documents}, titles
        return [self._files[number] for number in wanted]


def within(keys: Ids, segment: PublishedSegment) -> tuple[slice, Ids]:
    """Where the texts of a segment are among some keys, ascending, and their ordinals."""
    first = key_of(segment.entry.number, 0)
    start, end = np.searchsorted(keys, [first, first + segment.entry.texts]).tolist()
    return slice(start, end), keys[start:end] - first

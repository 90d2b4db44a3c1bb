"""Documents of what is published, as ``store.protocol`` asks for them.

The id of a document is that in the record of its index, with the position of its source above it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from semsearch.documents.walk.walker import FileStat
from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.published_source import PublishedSource, numbered_segments
from semsearch.store.collection.segment_blobs import PublishedDocument
from semsearch.store.disk.ids import is_among, no_ids
from semsearch.store.record.documents import DocumentColumns, StoredDocument

if TYPE_CHECKING:
    from semsearch.store.record.vectors import StoredVectors

SOURCE_SHIFT: Final = 44  # bits of a document's id in the record
MOST_DOCUMENTS: Final = 1 << SOURCE_SHIFT


def document_id(own: int, source: int) -> int:
    """The id of a document, of that in its record and the position of its source."""
    return own | source << SOURCE_SHIFT


class PublishedDocuments:
    """Implements ``Documents``."""

    def __init__(self, sources: Sequence[PublishedSource]) -> None:
        self._sources = sources
        self._titles: dict[bytes, StoredVectors] = {}

    def columns(self) -> DocumentColumns:
        """The ids, paths, times and numbers of passages of all documents, by source and segment."""
        ids, mtimes, passages = [no_ids()], [no_ids()], [no_ids()]
        paths: list[str] = []
        for at, segment in numbered_segments(self._sources):
            listed, live = segment.documents, segment.live_documents
            ids.append(listed.ids[live] | at << SOURCE_SHIFT)
            mtimes.append(listed.mtimes_ns[live])
            passages.append(listed.passages[live])
            paths += [listed.paths[place] for place in live.tolist()]
        return DocumentColumns(
            np.concatenate(ids), paths, np.concatenate(mtimes), np.concatenate(passages)
        )

    def unchecked(self, ids: Iterable[int] | None = None) -> list[StoredDocument]:
        """All documents, or those with the ids, as filters need them."""
        wanted = None if ids is None else np.sort(np.array(list(ids), dtype=np.int64))
        found = []
        for at, segment in numbered_segments(self._sources):
            listed = segment.documents
            live = segment.live_documents
            if wanted is not None:
                live = live[is_among(listed.ids[live] | at << SOURCE_SHIFT, wanted)]
            for place in live.tolist():
                document = PublishedDocument(
                    int(listed.ids[place]),
                    listed.paths[place],
                    None,
                    0,
                    int(listed.mtimes_ns[place]),
                    segment.digests[place],
                    listed.coverage(place),
                    int(listed.passages[place]),
                    0,
                )
                found.append(_stored(document, at))
        return found

    def by_id(self, ids: Iterable[int]) -> dict[int, StoredDocument]:
        """Documents by their ids."""
        return {number: _stored(one, number >> SOURCE_SHIFT) for number, one in self.published(ids)}

    def published(self, ids: Iterable[int]) -> Iterator[tuple[int, PublishedDocument]]:
        """Documents as they were published, by id; the vectors of their titles are kept."""
        wanted: dict[int, set[int]] = defaultdict(set)
        for number in ids:
            wanted[number >> SOURCE_SHIFT].add(number & (MOST_DOCUMENTS - 1))
        for at, own in wanted.items():
            if at < len(self._sources):
                for document in self._of_source(self._sources[at], own):
                    yield document_id(document.id, at), document

    def _of_source(self, source: PublishedSource, ids: set[int]) -> Iterator[PublishedDocument]:
        """Some documents of a source. The newest segment that has one has it as it is."""
        left = set(ids)
        for segment in source.segments:
            places = {one: place for one in left if (place := segment.place_of(one)) is not None}
            for documents, titles in segment.files(places.values()):
                self._titles |= titles
                for number in left & documents.keys():
                    if not segment.has_gone(number):
                        left.discard(number)
                        yield documents[number]

    def at_path(self, path: str) -> StoredDocument | None:
        """The first document with a path relative to its folder."""
        for at, segment in numbered_segments(self._sources):
            listed = segment.documents
            for place in segment.live_documents.tolist():
                if listed.paths[place] == path:
                    number = document_id(int(listed.ids[place]), at)
                    return self.by_id([number]).get(number)
        return None

    def stats(self) -> Iterator[tuple[str, FileStat]]:
        """No file is here to be compared."""
        return iter(())

    def title_vectors(self, digests: Iterable[bytes]) -> "dict[bytes, StoredVectors]":
        """Vectors of titles, of the documents that were read, by the SHA-256 of the titles."""
        return {one: self._titles[one] for one in digests if one in self._titles}


def _stored(document: PublishedDocument, source: int) -> StoredDocument:
    return StoredDocument(
        document_id(document.id, source),
        document.path,
        FileStat(document.size, document.mtime_ns, 0, 0),
        document.digest,
        document.coverage,
        None,
        None,
        (),
        0,
    )

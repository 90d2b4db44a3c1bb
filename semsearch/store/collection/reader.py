"""Read what is published in a collection: the newest generations of its sources."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from semsearch.errors import EmbedderMismatch, IndexMissing
from semsearch.settings.schema import Settings
from semsearch.store.collection.engine import Engine
from semsearch.store.collection.engines.registry import Connect, open_engine
from semsearch.store.collection.manifest import Manifest, manifest_of
from semsearch.store.collection.published_documents import SOURCE_SHIFT
from semsearch.store.collection.published_rows import PublishedRows
from semsearch.store.collection.published_segment import PublishedSegment
from semsearch.store.collection.published_source import PublishedSource, notes_of
from semsearch.store.collection.published_vectors import PublishedVectorIndex
from semsearch.store.collection.uri import CollectionUri
from semsearch.store.collection.words.published_words import PublishedWords
from semsearch.store.record.generations import DerivedFiles, Generation


class GenerationGone(Exception):  # no error of a user's: the question is asked again
    """What was read has been replaced twice meanwhile, and may have been removed."""


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSnapshot:
    """The newest generations of some sources as one. Implements ``Records``.

    ``state`` changes with each publication. ``corpus`` is the folder of the largest source, on the
    machine that has published it.
    """

    generation: Generation
    view: PublishedRows
    sources: tuple[PublishedSource, ...]
    corpus: Path
    state: Hashable
    partial: None = None

    def source_of(self, document: int) -> PublishedSource:
        """The source of a document, by the document's id."""
        return self.sources[document >> SOURCE_SHIFT]


@dataclass(frozen=True, slots=True, eq=False)
class PublishedIndexes:
    """The indexes of a snapshot. Implements ``Indexes``."""

    generation: Generation
    ann: PublishedVectorIndex | None
    keywords: PublishedWords
    notices: tuple[str, ...] = ()

    @property
    def has_texts(self) -> bool:
        """Whether any document has a text."""
        return self.keywords.entries > 0


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """What was read under some manifests, by the names of their sources."""

    manifests: Mapping[str, bytes]
    sources: tuple[PublishedSource, ...]
    indexes: PublishedIndexes


class CollectionReader:
    """An open collection, for many questions; blobs that were read are kept, as none changes."""

    def __init__(
        self, uri: CollectionUri, settings: Settings, connect: Connect = open_engine
    ) -> None:
        """``connect`` opens the engine at the first question."""
        self._connect = connect
        self.uri = uri
        self._settings = settings
        self._lock = Lock()
        self._engine: Engine | None = None
        self._last: _Opened | None = None

    @property
    def engine(self) -> Engine:
        """The engine; connects at its first use and raises what that raises."""
        with self._lock:
            if self._engine is None:
                self._engine = self._connect(self.uri, self._settings)
            return self._engine

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
            self._engine = self._last = None

    def manifests(self) -> list[Manifest]:
        """The manifests of the sources that are meant, by name; raises ``IndexMissing``."""
        return list(self._parsed(self._stored()).values())

    def _parsed(self, stored: Mapping[str, bytes]) -> dict[str, Manifest]:
        return {name: manifest_of(name, one) for name, one in sorted(stored.items())}

    def _stored(self) -> Mapping[str, bytes]:
        stored = self.engine.manifests()
        if self.uri.source is not None and stored:
            if self.uri.source not in stored:
                raise IndexMissing(
                    f"{self.engine.place} has no source {self.uri.source!r}; it has"
                    f" {', '.join(sorted(stored))}"
                )
            return {self.uri.source: stored[self.uri.source]}
        if not stored:
            raise IndexMissing(
                f"nothing is published in {self.engine.place}; where the index is, run:"
                f" semsearch publish {self.uri}"
            )
        return stored

    @contextmanager
    def opened(self) -> Iterator[tuple[PublishedSnapshot, PublishedIndexes]]:
        """The newest generations, all of them whole.

        Raises ``IndexMissing`` and ``EngineError``; and ``GenerationGone`` at the end where a
        source was published twice meanwhile, so that what the body has read may not be whole.
        """
        opened = self._newest()
        try:
            yield self._snapshot(opened), opened.indexes
        except Exception:
            # What is missing may have been removed: then the error is none of the collection's.
            self._require_kept(opened)
            raise
        self._require_kept(opened)

    def _require_kept(self, opened: _Opened) -> None:
        """Raise ``GenerationGone`` if what was read may have been removed meanwhile."""
        now = self.engine.manifests()
        for name, stored in opened.manifests.items():
            if now.get(name) == stored:
                continue
            read = manifest_of(name, stored)
            newest = manifest_of(name, now[name]) if name in now else None
            is_next = newest is not None and newest.revision == read.revision + 1
            if newest is None or newest.index != read.index or not is_next:
                raise GenerationGone(name)

    def _newest(self) -> _Opened:
        stored = self._stored()
        with self._lock:
            last = self._last
        if last is not None and last.manifests == stored:
            return last
        opened = self._open(stored, last)
        with self._lock:
            self._last = opened
        return opened

    def _open(self, stored: Mapping[str, bytes], last: _Opened | None) -> _Opened:
        known: dict[int, PublishedSegment] = {}
        if last is not None:
            known = {one.entry.number: one for source in last.sources for one in source.segments}
        manifests = self._parsed(stored)
        _refuse_mixed(self.engine.place, list(manifests.values()))
        sources = tuple(self._source(one, known) for one in manifests.values())
        segments = [segment for source in sources for segment in source.segments]
        generation = _joint_generation(list(manifests.values()))
        dimension = generation.embedder.dimension or 0
        words = PublishedWords(
            self.engine, segments, None if last is None else last.indexes.keywords
        )
        vectors = PublishedVectorIndex(self.engine, segments, dimension)
        indexes = PublishedIndexes(generation, vectors if len(vectors) else None, words)
        return _Opened(stored, sources, indexes)

    def _source(self, manifest: Manifest, known: Mapping[int, PublishedSegment]) -> PublishedSource:
        dimension = manifest.embedder.dimension or 0
        segments = [
            known[entry.number].with_entry(entry)
            if entry.number in known
            else PublishedSegment(self.engine, entry, dimension)
            for entry in manifest.segments
        ]
        return PublishedSource(manifest, notes_of(self.engine, manifest), segments)

    def _snapshot(self, opened: _Opened) -> PublishedSnapshot:
        largest = max(opened.sources, key=lambda one: one.texts)
        return PublishedSnapshot(
            opened.indexes.generation,
            PublishedRows(self.engine, opened.sources),
            opened.sources,
            Path(largest.folder),
            tuple(sorted(opened.manifests.items())),
        )


def _refuse_mixed(place: str, manifests: list[Manifest]) -> None:
    """Refuse vectors of several embedders, which two first publications at once may bring."""
    uris = {(one.embedder.uri, one.embedder.dimension) for one in manifests}
    if len(uris) > 1:
        raise EmbedderMismatch(
            f"{place} has vectors of {' and '.join(sorted(uri for uri, _ in uris))}; ask one"
            f" source: …#NAME/{manifests[0].source}"
        )


def _joint_generation(manifests: list[Manifest]) -> Generation:
    """What the generations of some sources are as one; its number is the largest one's."""
    largest = max(manifests, key=lambda one: one.texts)
    return Generation(
        number=largest.generation,
        created=max(one.created for one in manifests),
        corpus=largest.folder.encode(errors="surrogateescape"),
        embedder=largest.embedder,
        chunking=largest.chunking,
        derived=DerivedFiles(),
        documents=sum(one.documents for one in manifests),
        passages=sum(one.passages for one in manifests),
        repeats={},
    )

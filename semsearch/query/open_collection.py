"""A collection that stays open between questions, and follows its publishers."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock
from typing import Final, Protocol

from semsearch.errors import EngineUnreachable
from semsearch.query.filter_cache import FilterCache
from semsearch.query.searchable import OpenGeneration, OpenRecords, Place, Result
from semsearch.query.source import Published, Source
from semsearch.settings.schema import Settings
from semsearch.store.collection.uri import CollectionUri
from semsearch.store.protocol import Indexes

_TRIES: Final = 3  # a publisher replaces a generation between two of them, which takes it minutes


class PublishedRecords(OpenRecords, Protocol):
    """The records of the newest generations of sources."""

    @property
    def sources(self) -> Sequence[Published]:
        """The sources that are meant."""

    def source_of(self, document: int) -> Published:
        """The source of a document."""


class NotedIndexes(Indexes, Protocol):
    """Indexes of a collection."""

    @property
    def notices(self) -> tuple[str, ...]:
        """Lines for a person."""


class Reader(Protocol):
    """Reads a collection; ``CollectionReader``."""

    @property
    def uri(self) -> CollectionUri:
        """The collection, and the source that is meant."""

    def opened(self) -> AbstractContextManager[tuple[PublishedRecords, NotedIndexes]]:
        """The newest generations; raises ``IndexMissing``, ``EngineError``."""

    def close(self) -> None:
        """Close the connections."""


class OpenCollection:
    """The newest generations of the sources of a collection.

    ``gone`` is raised while a generation is read that its publisher has replaced meanwhile.
    """

    directory = None  # it has none

    def __init__(self, reader: Reader, gone: type[Exception]) -> None:
        self.filters = FilterCache()
        self._reader = reader
        self._gone = gone
        self._lock = Lock()  # for what loads
        self._loading: Future[None] | None = None
        self._threads = ThreadPoolExecutor(max_workers=1)

    @property
    def place(self) -> Place:
        """The URI, without a password."""
        return Place(str(self._reader.uri))

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown()
        self._reader.close()

    def need_vectors(self) -> None:
        """Nothing: the engine has them."""

    @contextmanager
    def preloading(self) -> Iterator[None]:
        """Connect in a thread while the body runs, unless that was done before."""
        with self._lock:
            is_first = self._loading is None
            if self._loading is None:
                self._loading = self._threads.submit(self._connect)
            loading = self._loading
        try:
            yield
        finally:
            if is_first:
                loading.result()

    def _connect(self) -> None:
        with suppress(self._gone), self._reader.opened():
            return

    def read_records(self, ask: Callable[[OpenRecords], Result]) -> Result:
        """What a function makes of the records of the newest generations; raises like ``read``."""
        return self.read(lambda opened: ask(opened.records))

    def read(self, ask: Callable[[OpenGeneration], Result]) -> Result:
        """What a function makes of the newest generations.

        Calls it up to three times where a publisher replaces what is read. Then, or when there is
        no answer, raises ``EngineUnreachable``.
        """
        for _ in range(_TRIES):
            try:
                with self._reader.opened() as (records, indexes):
                    return ask(_generation(records, indexes))
            except self._gone:
                continue
        raise EngineUnreachable(
            f"{self._reader.uri} was replaced by its publisher {_TRIES} times while it was read;"
            " ask again"
        )


def _generation(records: PublishedRecords, indexes: NotedIndexes) -> OpenGeneration:
    is_only = len(records.sources) == 1
    return OpenGeneration(
        records,
        indexes,
        indexes.notices,
        sources=tuple(Source.of(one, is_only=is_only) for one in records.sources),
        source_of=lambda document: Source.of(records.source_of(document), is_only=is_only),
    )


def open_collection(uri: CollectionUri, settings: Settings) -> OpenCollection:
    """The collection of a URI; it is connected to when it is first read."""
    from semsearch.store.collection.reader import CollectionReader, GenerationGone

    return OpenCollection(CollectionReader(uri, settings), GenerationGone)

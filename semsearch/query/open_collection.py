"""A collection that stays open between questions, and follows its publishers."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from semsearch.errors import EngineUnreachable
from semsearch.query.filter_cache import FilterCache
from semsearch.query.searchable import OpenGeneration, OpenRecords, Place, Result
from semsearch.query.source import Source
from semsearch.settings.schema import Settings
from semsearch.store.collection.uri import CollectionUri

if TYPE_CHECKING:
    from semsearch.store.collection.reader import (
        CollectionReader,
        PublishedIndexes,
        PublishedSnapshot,
    )

_TRIES: Final = 3  # a publisher replaces a generation between two of them, which takes it minutes


class OpenCollection:
    """The newest generations of the sources of a collection.

    ``gone`` is raised while a generation is read that its publisher has replaced meanwhile.
    """

    directory = None  # it has none

    def __init__(self, reader: "CollectionReader", gone: type[Exception]) -> None:
        self.filters = FilterCache()
        self._reader = reader
        self._gone = gone

    @property
    def place(self) -> Place:
        """The URI, without a password."""
        return Place(str(self._reader.uri))

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()

    def need_vectors(self) -> None:
        """Nothing: the engine has them."""

    def preloading(self) -> AbstractContextManager[None]:
        """Nothing: whoever asks has read which embedder it is, and is connected."""
        return nullcontext()

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


def _generation(records: "PublishedSnapshot", indexes: "PublishedIndexes") -> OpenGeneration:
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

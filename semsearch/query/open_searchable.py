"""What the settings name for a search, opened: an index or a collection, a reranker."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from semsearch.query.open_index import Loader, OpenIndex
from semsearch.query.searchable import BuiltBy, OpenRecords, Searchable
from semsearch.settings.schema import Settings
from semsearch.store.locate import find_index, named_collection
from semsearch.store.notes.learned_limits import learned_limits_of
from semsearch.store.notes.tuned_settings import usable_settings

if TYPE_CHECKING:
    from semsearch.query.rerankers.reranker import Reranker

_RETRY_SECONDS: Final = 10.0  # at the most, for a person who waits for an answer

OwnSettings = tuple[Mapping[str, Any], tuple[str, ...]]  # with notices


def open_searchable(settings: Settings, load: Loader, *, by_words_alone: bool) -> Searchable:
    """The collection that the settings name, else the index; raises ``SemsearchError``."""
    collection = named_collection(settings)
    if collection is None:
        return OpenIndex(find_index(settings), by_words_alone=by_words_alone, load=load)
    from semsearch.query.open_collection import open_collection  # here: an index has none

    return open_collection(collection, settings)


def embedder_and_settings(records: OpenRecords) -> tuple[BuiltBy, OwnSettings]:
    """The embedder that built an index, and the settings that were tuned for it, with notices."""
    uri = records.generation.embedder.uri
    return BuiltBy(uri, learned_limits_of(records.view, uri)), usable_settings(records.view, uri)


def hasty(settings: Settings) -> Settings:
    """The settings with fewer seconds of retries."""
    return replace(settings, retry_seconds=min(settings.retry_seconds, _RETRY_SECONDS))


def named_reranker(settings: Settings) -> "Reranker | None":
    """The reranker that the settings name, if any."""
    if settings.reranker is None:
        return None
    from semsearch.query.rerankers.registry import open_reranker  # here: few have one

    return open_reranker(settings.reranker, hasty(settings))

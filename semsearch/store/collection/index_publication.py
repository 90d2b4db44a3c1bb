"""Publication of an index that is named by a path, into a collection that is named by a URI."""

from collections.abc import Callable
from pathlib import Path

from semsearch.errors import SettingsError
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.collection import publisher
from semsearch.store.collection.manifest import Manifest
from semsearch.store.collection.publisher import Publication
from semsearch.store.collection.uri import CollectionUri, collection_uri
from semsearch.store.locate import find_index


def publish(
    uri: str | None = None,
    *,
    index: str | Path | None = None,
    anew: bool = False,
    take_over: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    settings: Settings | None = None,
) -> Publication:
    """Bring the newest generation of an index into a collection; calls no embedder.

    ``uri`` is ``postgresql://HOST/DATABASE`` or ``milvus:ADDRESS``, and ``#NAME/SOURCE``: by
    default the setting ``publish``. Only what has changed goes over, or all of it with ``anew``;
    readers see all of a generation or all of the one before. ``take_over`` replaces a source that
    another index has published. ``on_progress`` is called with the texts written and to write.
    Raises ``SemsearchError``.
    """
    resolved = run_settings(settings, index=index)
    return publisher.publish(
        find_index(resolved),
        collection_to_publish(uri, resolved),
        resolved,
        anew=anew,
        take_over=take_over,
        on_progress=on_progress,
    )


def withdraw(uri: str | None = None, *, settings: Settings | None = None) -> Manifest:
    """Remove a source, ``…#NAME/SOURCE``, from a collection; the others stay.

    Returns what it had published. Raises ``IndexMissing`` where that is nothing, and other
    ``SemsearchError``.
    """
    resolved = run_settings(settings)
    return publisher.withdraw(collection_to_publish(uri, resolved), resolved)


def collection_to_publish(uri: str | None, settings: Settings) -> CollectionUri:
    """The collection of this URI, else of the setting; raises ``SettingsError``."""
    named = uri or settings.publish
    if named is None:
        raise SettingsError(
            "name where to publish: postgresql://HOST/DATABASE or milvus:ADDRESS, or the setting"
            " publish"
        )
    return collection_uri(named)

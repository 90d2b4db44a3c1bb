"""URI of a collection → its engine."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from semsearch.store.collection.uri import CollectionUri, EngineKind

if TYPE_CHECKING:
    from semsearch.settings.schema import Settings
    from semsearch.store.collection.engine import Engine

Connect = Callable[[CollectionUri, "Settings"], "Engine"]


def open_engine(uri: CollectionUri, settings: "Settings") -> "Engine":
    """Connect to the engine of a collection.

    Raises ``SettingsError`` without the extra that it needs, ``EngineUnreachable`` and
    ``EngineRefused``.
    """
    # Each where it is used: nobody waits for the client of the other.
    if uri.kind is EngineKind.POSTGRESQL:
        from semsearch.store.collection.engines.postgresql import PostgresqlEngine

        return PostgresqlEngine(uri, settings)
    from semsearch.store.collection.engines.milvus.engine import MilvusEngine

    return MilvusEngine(uri, settings)

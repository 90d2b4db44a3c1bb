"""What is published in a collection: its sources with their generations, ages and counts."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from semsearch.settings.schema import Settings
from semsearch.store.collection.engines.registry import Connect, open_engine
from semsearch.store.collection.manifest import Manifest
from semsearch.store.collection.reader import CollectionReader
from semsearch.store.collection.uri import CollectionUri


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection at a moment; ``version`` is that of its engine."""

    place: str
    version: str
    at: datetime
    manifests: tuple[Manifest, ...]

    def seconds_old(self, manifest: Manifest) -> float:
        """How long ago a source was published."""
        return max(0.0, (self.at - manifest.published).total_seconds())

    def to_dict(self) -> dict[str, Any]:
        """The collection as JSON names and values."""
        return {
            "collection": self.place,
            "engine": self.version,
            "sources": [
                {
                    "source": one.source,
                    "generation": one.generation,
                    "published": one.published.isoformat(timespec="seconds"),
                    "seconds_old": round(self.seconds_old(one)),
                    "host": one.host,
                    "folder": one.folder,
                    "embedder": one.embedder.uri,
                    "documents": one.documents,
                    "passages": one.passages,
                    "texts": one.texts,
                    "segments": len(one.segments),
                }
                for one in self.manifests
            ],
        }


def collection_status(
    uri: CollectionUri, settings: Settings, connect: Connect = open_engine
) -> CollectionStatus:
    """Read the manifests of the sources that are meant.

    Raises ``IndexMissing`` where nothing is published, and ``EngineError``.
    """
    with closing(CollectionReader(uri, settings, connect)) as reader:
        manifests = tuple(reader.manifests())
        return CollectionStatus(
            reader.engine.place, reader.engine.version, datetime.now(UTC), manifests
        )

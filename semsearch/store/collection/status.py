"""What is published in a collection: its sources with their generations, ages and counts."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from semsearch.settings.schema import Settings
from semsearch.store.collection.blob_format import damaged
from semsearch.store.collection.engines.registry import Connect, open_engine
from semsearch.store.collection.manifest import Manifest
from semsearch.store.collection.publication import checked_name
from semsearch.store.collection.reader import CollectionReader
from semsearch.store.collection.uri import CollectionUri


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection at a moment; ``version`` is that of its engine.

    ``checked`` is when each source was last found to be up to date, by name.
    """

    place: str
    version: str
    at: datetime
    manifests: tuple[Manifest, ...]
    checked: Mapping[str, datetime]

    def seconds_old(self, manifest: Manifest) -> float:
        """How long ago a source was published, or found to be up to date."""
        last = max(manifest.published, self.checked.get(manifest.source, manifest.published))
        return max(0.0, (self.at - last).total_seconds())

    def older_than(self, most: timedelta) -> list[str]:
        """The names of the sources that were up to date longer ago."""
        seconds = most.total_seconds()
        return [one.source for one in self.manifests if self.seconds_old(one) > seconds]

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
        manifests, engine = tuple(reader.manifests()), reader.engine
        names = {checked_name(one.source): one.source for one in manifests}
        checked = {names[name]: _time(blob) for name, blob in engine.blobs(list(names)).items()}
        return CollectionStatus(engine.place, engine.version, datetime.now(UTC), manifests, checked)


def _time(blob: bytes) -> datetime:
    try:
        found = datetime.fromisoformat(blob.decode())
    except ValueError as error:
        raise damaged(f"the time of a check: {error}") from error
    if found.tzinfo is None:
        raise damaged("the time of a check has no time zone")
    return found

"""A source of a collection, opened for reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from semsearch.store.collection.blob_format import damaged_values, unpacked
from semsearch.store.collection.manifest import Manifest
from semsearch.store.collection.published_segment import PublishedSegment
from semsearch.store.record.json_text import parsed

if TYPE_CHECKING:
    from semsearch.store.collection.engine import Engine


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSource:
    """What one index has published: its manifest, its notes, its segments, the newest last."""

    manifest: Manifest
    notes: Mapping[str, str]
    segments: Sequence[PublishedSegment]

    @property
    def name(self) -> str:
        """Its name."""
        return self.manifest.source

    @property
    def number(self) -> int:
        """The generation of its index."""
        return self.manifest.generation

    @property
    def published(self) -> datetime:
        """When it was published (UTC)."""
        return self.manifest.published

    @property
    def host(self) -> str:
        """The machine whose files it is of."""
        return self.manifest.host

    @property
    def folder(self) -> str:
        """The folder on that machine."""
        return self.manifest.folder

    @property
    def documents(self) -> int:
        """The number of its documents, whatever their coverage."""
        return self.manifest.documents

    @property
    def passages(self) -> int:
        """The number of its passages."""
        return self.manifest.passages

    @property
    def texts(self) -> int:
        """The number of its texts."""
        return self.manifest.texts

    def to_dict(self) -> dict[str, Any]:
        """The source as JSON names and values."""
        return {
            "source": self.name,
            "generation": self.number,
            "published": self.published.isoformat(timespec="seconds"),
            "host": self.host,
            "folder": self.folder,
            "documents": self.documents,
            "passages": self.passages,
            "segments": len(self.segments),
        }


def notes_of(engine: "Engine", manifest: Manifest) -> Mapping[str, str]:
    """The notes that a manifest names; raises ``IndexDamaged``."""
    name = manifest.notes
    parts = unpacked(engine.blobs([name]).get(name), name)
    with damaged_values(name):
        notes = parsed(parts["notes"].tobytes())
        return {str(key): str(value) for key, value in notes.items() if value is not None}

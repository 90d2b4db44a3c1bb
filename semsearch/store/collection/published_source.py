"""A source of a collection, opened for reading."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

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


def numbered_segments(
    sources: Sequence[PublishedSource],
) -> Iterator[tuple[int, PublishedSegment]]:
    """Each segment of some sources, with the position of its source."""
    for at, source in enumerate(sources):
        for segment in source.segments:
            yield at, segment


def notes_of(engine: "Engine", manifest: Manifest) -> Mapping[str, str]:
    """The notes that a manifest names; raises ``IndexDamaged``."""
    name = manifest.notes
    parts = unpacked(engine.blobs([name]).get(name), name)
    with damaged_values(name):
        notes = parsed(parts["notes"].tobytes())
        return {str(key): str(value) for key, value in notes.items() if value is not None}

"""A stand-in for the reader of collections: it gives the snapshots of an index on this machine."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from semsearch.errors import EngineUnreachable, IndexMissing
from semsearch.settings.schema import Settings
from semsearch.store.collection.uri import CollectionUri
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import LoadedIndexes, load_derived
from semsearch.store.record.generations import Generation
from semsearch.store.record.view import View
from semsearch.store.snapshot import Snapshot, open_snapshot

MODULE: Final = "semsearch.store.collection.reader"
PUBLISHED: Final = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
HOST: Final = "archive-7"
FOLDER: Final = "/srv/papers"


class GenerationGone(Exception):
    """A publisher has replaced what is read."""


@dataclass(frozen=True)
class PublishedSource:
    """A source: the documents below a folder of the index, or all with an empty name of it."""

    name: str
    number: int
    documents: int
    passages: int
    published: datetime = PUBLISHED
    host: str = HOST

    @property
    def folder(self) -> str:
        """The folder on the other machine."""
        return f"{FOLDER}/{self.name}"


@dataclass(frozen=True)
class PublishedSnapshot:
    """A snapshot of the index, as one that was published elsewhere."""

    local: Snapshot
    sources: tuple[PublishedSource, ...]
    partial: None = None

    @property
    def generation(self) -> Generation:
        """That of the index."""
        return self.local.generation

    @property
    def view(self) -> View:
        """The rows of the index."""
        return self.local.view

    @property
    def state(self) -> int:
        """The number of the generation."""
        return self.local.generation.number

    @property
    def corpus(self) -> Path:
        """The folder on the other machine."""
        return Path(self.sources[0].folder)

    def source_of(self, document: int) -> PublishedSource:
        """The source by the folder at the top of the document's path, else the first one."""
        path = self.local.view.documents.by_id([document])[document].path
        top = path.partition("/")[0]
        return next((one for one in self.sources if one.name == top), self.sources[0])


@dataclass
class Engine:
    """An engine that is down where ``is_down``, and whose publisher replaces what is read."""

    index: Path
    names: tuple[str, ...] = ("papers",)
    is_down: bool = False
    replaced: int = 0  # how many of the next readings end with GenerationGone
    asked: list[tuple[CollectionUri, int]] = field(default_factory=list)  # with its openings
    closed: int = 0


class Reader:
    """Hands out the newest generation of the engine's index."""

    engines: Mapping[str, Engine] = {}  # by address

    def __init__(self, uri: CollectionUri, settings: Settings) -> None:
        self.uri = uri
        self._derived: LoadedIndexes | None = None

    @contextmanager
    def opened(self) -> Iterator[tuple[PublishedSnapshot, LoadedIndexes]]:
        """The index, read through as if by a network."""
        engine = type(self).engines[self.uri.address]
        if engine.is_down:
            raise EngineUnreachable(f"{self.uri} does not answer")
        if self.uri.source is not None and self.uri.source not in engine.names:
            raise IndexMissing(f"{self.uri} has no such source")
        engine.asked.append((self.uri, len(engine.asked)))
        with open_snapshot(IndexDirectory(engine.index / ".semsearch")) as snapshot:
            if self._derived is None or self._derived.generation != snapshot.generation:
                self._derived = load_derived(snapshot)
            made = snapshot.generation
            sources = tuple(
                PublishedSource(name, made.number, made.documents, made.passages)
                for name in ([self.uri.source] if self.uri.source else engine.names)
            )
            yield PublishedSnapshot(snapshot, sources), self._derived
            if engine.replaced:
                engine.replaced -= 1
                raise GenerationGone

    def close(self) -> None:
        """Note it."""
        type(self).engines[self.uri.address].closed += 1


def engines_for(environment: Any, engines: Mapping[str, Engine]) -> None:
    """Put the stand-in in the place of the reader, for as long as a monkeypatch holds."""
    module = ModuleType(MODULE)
    reader = type("CollectionReader", (Reader,), {"engines": engines})
    module.CollectionReader = reader  # type: ignore[attr-defined]
    module.GenerationGone = GenerationGone  # type: ignore[attr-defined]
    environment.setitem(sys.modules, MODULE, module)

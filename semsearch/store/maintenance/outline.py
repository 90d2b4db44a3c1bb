"""An index in short: what somebody wants to know who is to ask it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.no_generation import no_generation
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.generations import (
    Generation,
    absolute_corpus,
    last_generation,
)
from semsearch.store.record.partial_generation import partial_generation
from semsearch.store.record.searchable_paths import searchable_paths


@dataclass(frozen=True, slots=True)
class Outline:
    """An index in short: its folder, how many documents and passages, since when, by what.

    ``types`` are the endings of names, in small letters, with the number of documents; ``folders``
    are the folders at the top, in order.
    """

    corpus: Path
    documents: int
    passages: int
    created: datetime
    embedder: str
    types: Mapping[str, int]
    folders: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The outline as JSON names and values."""
        return {
            "corpus": str(self.corpus),
            "documents": self.documents,
            "passages": self.passages,
            "created": self.created.isoformat(),
            "embedder": self.embedder,
            "types": dict(self.types),
            "folders": list(self.folders),
        }


def outline(index: str | Path | None = None, *, settings: Settings | None = None) -> Outline:
    """Tell an index in short; looks at no file of its folder. Raises ``SemsearchError``."""
    directory = find_index(run_settings(settings, index=index))
    with open_to_read(directory.record) as connection:
        published = partial_generation(connection)
        generation = last_generation(connection) if published is None else published.generation
        if generation is None:
            raise no_generation(directory, None)
        corpus = absolute_corpus(generation.corpus, directory.path)
        paths = searchable_paths(connection, generation.number)
        return outline_of_paths(paths, corpus, generation)


def outline_of_paths(paths: Iterable[str], corpus: Path, generation: Generation) -> Outline:
    """The outline of a generation, by the paths of its documents that can be found."""
    types: Counter[str] = Counter()
    folders: set[str] = set()
    for path in paths:
        folder, slash, _ = path.partition("/")
        folders |= {folder} if slash else set()
        name, dot, ending = path.rpartition("/")[2].rpartition(".")
        types[ending.lower() if dot and name else ""] += 1
    return Outline(
        corpus,
        types.total(),
        generation.passages,
        generation.created,
        generation.embedder.uri,
        types,
        tuple(sorted(folders)),
    )

"""What an index can be filtered by, and what to ask it first."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from semsearch.api import Index
from semsearch.errors import IndexDamaged
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.maintenance.outline import Outline, outline
from semsearch.store.notes.tags import TAGS, tags_of
from semsearch.store.snapshot import Snapshot, open_snapshot

_EXAMPLES: Final = 4
_LOOKED_AT: Final = 400  # passages among which headings are looked for
_SHORTEST, _LONGEST = 12, 60  # characters of a heading that makes a question


@dataclass(frozen=True, slots=True)
class Facets:
    """An index in short, its tags, and headings of its documents that may be asked for."""

    outline: Outline
    tags: tuple[str, ...]
    examples: tuple[str, ...]


class KnownFacets:
    """The facets of the latest generation of each index, looked for once; thread-safe.

    Tags change without a new generation.
    """

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[datetime, str | None, Facets]] = {}

    def of(self, index: Index) -> Facets:
        """The facets of the newest generation; raises ``SemsearchError``."""
        place = index.index or index.folder
        directory = find_index(run_settings(index.settings, index=place))
        with open_snapshot(directory, partial=True) as snapshot:
            kept = self._kept.get(directory.path)
            state = snapshot.generation.created, _tags_note(snapshot)
            if kept is None or kept[:2] != state:
                short = outline(directory.path, settings=index.settings)
                found = Facets(short, _tags(snapshot), _examples(snapshot))
                kept = self._kept[directory.path] = (*state, found)
        return kept[2]


def _tags_note(snapshot: Snapshot) -> str | None:
    try:
        return snapshot.view.note(TAGS)
    except IndexDamaged:
        return None


def _tags(snapshot: Snapshot) -> tuple[str, ...]:
    try:
        return tuple(sorted(tags_of(snapshot.view)))
    except IndexDamaged:
        return ()  # a search by tag tells it


def _examples(snapshot: Snapshot) -> tuple[str, ...]:
    """Headings of different documents, spread over the index."""
    ids = snapshot.view.texts.ids()
    spread = ids[:: max(1, len(ids) // _LOOKED_AT)].tolist()
    found: dict[str, str] = {}  # by the folder at the top
    for passage in snapshot.view.passages.of_texts(spread, snapshot.generation.repeats):
        heading = passage.location.headings[-1] if passage.location.headings else ""
        if _SHORTEST <= len(heading) <= _LONGEST and " " in heading:
            found.setdefault(passage.location.path.partition("/")[0], heading)
    return tuple(found.values())[:_EXAMPLES]

"""What an index can be filtered by, and what to ask it first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.mcp.library import Library
from semsearch.query.searchable import OpenRecords
from semsearch.store.maintenance.outline import Outline
from semsearch.store.notes.tags import TAGS, tags_of
from semsearch.store.protocol import Records

_EXAMPLES: Final = 4
_LOOKED_AT: Final = 400  # passages among which headings are looked for
_SHORTEST, _LONGEST = 12, 60  # characters of a heading that makes a question


# A generation, as an index that is made anew counts from 1 again, and the note of tags.
_State = tuple[int, datetime, str, str | None]


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
        self._kept: dict[str, tuple[_State, Facets]] = {}

    def of(self, library: Library, name: str) -> Facets:
        """The facets of the newest generation of an index; raises ``SemsearchError``."""

        def found(records: OpenRecords) -> Facets:
            kept = self._kept.get(name)
            made = records.generation
            state = made.number, made.created, made.embedder.uri, _tags_note(records)
            if kept is None or kept[0] != state:
                facets = Facets(library.outline(name), _tags(records), _examples(records))
                kept = self._kept[name] = (state, facets)
            return kept[1]

        return library.read_records(name, found)


def _tags_note(snapshot: Records) -> str | None:
    try:
        return snapshot.view.note(TAGS)
    except IndexDamaged:
        return None


def _tags(snapshot: Records) -> tuple[str, ...]:
    try:
        return tuple(sorted(tags_of(snapshot.view)))
    except IndexDamaged:
        return ()  # a search by tag tells it


def _examples(snapshot: Records) -> tuple[str, ...]:
    """Headings of different documents, spread over the index."""
    ids = snapshot.view.texts.ids()
    spread = ids[:: max(1, len(ids) // _LOOKED_AT)].tolist()
    found: dict[str, str] = {}  # by the folder at the top
    for passage in snapshot.view.passages.of_texts(spread, snapshot.generation.repeats):
        heading = passage.location.headings[-1] if passage.location.headings else ""
        if _SHORTEST <= len(heading) <= _LONGEST and " " in heading:
            found.setdefault(passage.location.path.partition("/")[0], heading)
    return tuple(found.values())[:_EXAMPLES]

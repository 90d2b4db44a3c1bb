"""The map: laid out once for a generation, as JSON that the page's script draws."""

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from semsearch.insights import map as corpus_maps
from semsearch.insights import map_page
from semsearch.mcp.library import Library
from semsearch.mcp.parameters import Parameter
from semsearch.query.citation_text import citation
from semsearch.serve.query_values import query_text
from semsearch.serve.search_request import INDEX, checked_values
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.snapshot import open_snapshot

Values = Sequence[tuple[str, str]]

PAGE_FILES: Final = Path(map_page.__file__).parent / "page"
MAP: Final = (
    INDEX,
    Parameter(
        "by",
        "string",
        "What points are coloured by; cluster by default.",
        choices=tuple(by.value for by in corpus_maps.By),
    ),
)


class Maps:
    """The latest map of each index and colouring."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[tuple[int, datetime], dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def of(self, library: Library, values: Values) -> dict[str, Any]:
        """The map of the newest generation; takes seconds to minutes the first time.

        Raises ``SemsearchError``, also where the extra for it is not installed.
        """
        given = checked_values(MAP, values)
        name, by = given.get(INDEX.name, ""), given.get("by", "cluster")
        index = library.index(name)
        settings = run_settings(index.settings, index=index.index or index.folder)
        directory = find_index(settings)
        with open_snapshot(directory, partial=True) as snapshot:
            one = snapshot.generation
            generation = one.number, one.created  # a new index counts from 1 again
        with self._lock:
            kept = self._kept.get((name, by))
            if kept is None or kept[0] != generation:
                found = corpus_maps.corpus_map(by=by, index=directory.path, settings=index.settings)
                kept = generation, _told(found, name)
                self._kept[name, by] = kept
        return kept[1]


def _told(found: corpus_maps.CorpusMap, name: str) -> dict[str, Any]:
    links = [
        "/document?" + query_text([("cite", citation(point.location)), ("index", name or None)])
        for point in found.points
    ]
    return {
        **map_page.map_data(found),
        "links": links,
        "generation": found.generation,
        "told": map_page.map_told(found),
        "notices": list(found.notices),
    }

"""What a collection tells beside hits: an outline, and the passages at a place as published."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from semsearch.documents.coverage import SEARCHABLE
from semsearch.query.cited_place import cited_passages, cited_place
from semsearch.query.passage_context import Row, Shown
from semsearch.query.searchable import OpenGeneration, OpenRecords
from semsearch.query.source import Source
from semsearch.store.maintenance.outline import Outline, outline_of_paths
from semsearch.store.record.passages import StoredPassage


def collection_outline(records: OpenRecords) -> Outline:
    """The sources of a collection in short."""
    listed = records.view.documents.unchecked()
    paths = (document.path for document in listed if document.coverage in SEARCHABLE)
    return outline_of_paths(paths, records.corpus, records.generation)


def source_at(what: str, opened: OpenGeneration) -> tuple[Source | None, str]:
    """The source of the document that a citation names, and its path there.

    Raises ``SettingsError`` where there is none.
    """
    path = cited_place(what, opened.records)[0].path
    document = opened.records.view.documents.at_path(path)
    return (None if document is None else opened.source_of(document.id)), path


def published_place(what: str, opened: OpenGeneration) -> Shown:
    """The passages at the place that a citation names, or of all the document, as published.

    Raises ``SettingsError`` for a citation that names nothing.
    """
    source, _ = source_at(what, opened)
    location, _ = cited_place(what, opened.records)
    passages = cited_passages(what, opened.records)
    folder = opened.records.corpus if source is None else Path(source.folder)
    rows = tuple(_rows(passages))
    if len(passages) == 1:
        location = passages[0].location
    return Shown(folder, location, None, rows, source)


def _rows(passages: list[StoredPassage]) -> Iterator[Row]:
    """The rows of passages, without those that a passage repeats of the one before."""
    before: StoredPassage | None = None
    for passage in passages:
        place = passage.location
        rows = passage.body.split("\n")
        repeated = 0 if before is None else _repeated(before, passage)
        first = place.lines[0] if place.lines is not None else None
        # A passage of a format with lines need not have a row a line: then none is told.
        is_by_line = place.lines is not None and len(rows) == place.lines[1] - place.lines[0] + 1
        numbers = count(first) if is_by_line and first is not None else None
        for at, row in enumerate(rows):
            line = None if numbers is None else next(numbers)
            if at >= repeated:
                page = None if place.pages is None else place.pages[0]
                yield Row(row, line, page, place.place, is_cited=True)
        before = passage


def _repeated(before: StoredPassage, passage: StoredPassage) -> int:
    """How many rows a passage begins with that end the passage before it in its document."""
    ends, begins = before.body.split("\n"), passage.body.split("\n")
    for shared in range(min(len(ends), len(begins) - 1), 0, -1):
        if ends[-shared:] == begins[:shared]:
            return shared
    return 0

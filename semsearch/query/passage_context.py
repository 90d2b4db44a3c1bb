"""A cited passage, or lines of a document, with the rows around it, as the file is now."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.documents.coverage import Coverage
from semsearch.documents.document import Document
from semsearch.documents.passage import Location, ends_of, valid_text
from semsearch.documents.readers.ocr import what_is_missing
from semsearch.documents.reason import DocumentUnreadable
from semsearch.errors import CorpusError, FilesElsewhere, SettingsError
from semsearch.query.citation import Checker, Standing
from semsearch.query.cited_place import cited_place
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index, named_collection
from semsearch.store.record.passages import StoredPassage
from semsearch.store.snapshot import open_snapshot

if TYPE_CHECKING:
    from semsearch.query.source import Source
    from semsearch.store.collection.uri import CollectionUri


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a document, with its line, page or place; ``is_cited`` if the citation covers it."""

    text: str
    line: int | None
    page: int | None
    place: str | None
    is_cited: bool

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON names and values."""
        return {
            "line": self.line,
            "page": self.page,
            "place": self.place,
            "text": self.text,
            "cited": self.is_cited,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A cited place with the rows around it.

    ``location`` is the place now. ``standing`` is None when the citation names no whole passages of
    the index. There are no rows when the file no longer has the passage. Of a collection the rows
    are those of passages, as its ``source`` has published them.
    """

    corpus: Path
    location: Location
    standing: Standing | None
    rows: tuple[Row, ...]
    source: "Source | None" = None

    def to_dict(self) -> dict[str, Any]:
        """Location, standing and rows as JSON names and values."""
        return {
            **self.location.to_dict(),
            "standing": None if self.standing is None else self.standing.value,
            "rows": [row.to_dict() for row in self.rows],
            **({} if self.source is None else {"source": self.source.name}),
        }


def show(
    what: str,
    *,
    context: int = 3,
    index: str | Path | None = None,
    settings: Settings | None = None,
) -> Shown:
    """The place that a citation names, with ``context`` rows before and behind it.

    ``what`` is a citation as ``query`` prints it (``notes.md:12-14``, ``paper.pdf p.3``,
    ``talk.pptx slide 2``), or the first eight or more digits of a hit's digest. Raises
    ``SemsearchError``.
    """
    settings = run_settings(settings, index=index)
    what = valid_text(what)
    if index is None:
        name, colon, cited = what.partition(": ")
        if colon and name in settings.indexes:
            settings, what = replace(settings, index=name), cited
    if (collection := named_collection(settings)) is not None:
        raise _no_file(what, collection, settings)
    with open_snapshot(find_index(settings), partial=True) as snapshot:
        location, passages = cited_place(what, snapshot)
        document = snapshot.view.documents.at_path(location.path)
        if document is not None and document.coverage is Coverage.SKIPPED:
            raise CorpusError(f"{location.path} is not in the index: {document.reason}")
        known = {} if document is None else {location.path: document}
        checker = Checker(
            snapshot.corpus, known, settings, snapshot.generation.chunking, is_patient=True
        )
        standing = None
        if passages:
            parts = [(passage.location, passage.body) for passage in passages]
            checked = checker.check_parts(parts, location)
            standing, location = checked.standing, checked.location
        rows: tuple[Row, ...] = ()
        if standing is Standing.CHANGED and location.lines is None:
            _refuse_without_ocr(location.path, checker)
        if standing not in (Standing.GONE, Standing.CHANGED):
            read = _read(checker, location.path)
            rows = _rows(read, location, passages, context)
            if not rows:
                _refuse_place_not_in(read, location, checker)
        return Shown(snapshot.corpus, location, standing, rows)


def _no_file(what: str, collection: "CollectionUri", settings: Settings) -> FilesElsewhere:
    """The error for a citation of a collection: where its file is."""
    # Here: an index has none.
    from semsearch.query.collection_contents import source_at
    from semsearch.query.open_collection import open_collection

    with closing(open_collection(collection, settings)) as opened:
        source, path = opened.read(lambda generation: source_at(what, generation))
    assert source is not None  # each document of a collection has one
    return source.no_file(path)


def _read(checker: Checker, path: str) -> Document:
    try:
        return checker.read(path).document
    except FileNotFoundError as error:
        raise CorpusError(f"there is no {path} any more; run: semsearch index") from error
    except DocumentUnreadable as error:
        _refuse_without_ocr(path, checker)
        raise CorpusError(f"{path} cannot be read: {error}") from error


def _refuse_without_ocr(path: str, checker: Checker) -> None:
    """Raise ``CorpusError`` where the index was made by OCR, whose programs are not here."""
    if checker.reads_by_ocr and (missing := what_is_missing()):
        raise CorpusError(f"{path} cannot be read as for the index: {missing}")


def _refuse_place_not_in(document: Document, location: Location, checker: Checker) -> None:
    """Raise ``SemsearchError`` for a place that is not in a document, and say how far that goes."""
    path = location.path
    if location.lines is None:
        _refuse_without_ocr(path, checker)
    pages = document.page_count
    if location.pages is not None and pages is not None and location.pages[0] > pages:
        count = "1 page" if pages == 1 else f"{pages} pages"
        raise SettingsError(f"{path} has {count}; give one of them, as in '{path} p.{pages}'")
    lines = [line for block in document.blocks for line in (block.last_lines or block.lines)]
    last = max(lines, default=0)
    if location.lines is not None and document.has_lines and location.lines[0] > last > 0:
        raise SettingsError(
            f"{path} has no line {location.lines[0]}, its text ends in line {last}; give a line up"
            f" to it, as in {path}:{last}"
        )
    if location.place is not None and location.lines is None and location.pages is None:
        raise SettingsError(
            f"{path} has no place {location.place!r}; give a place as query prints it"
        )


def _rows(
    document: Document, location: Location, passages: Sequence[StoredPassage], context: int
) -> tuple[Row, ...]:
    """The cited rows and ``context`` rows on each side."""
    rows = list(_all_rows(document))
    cited = _cited_rows(rows, location)
    if passages and location.lines is None and not _is_shared(location, passages):
        among = [at for passage in passages for at in _narrowed(rows, cited, passage.body)]
        cited = sorted(set(among))
    if not cited:
        return ()
    first, last = max(0, cited[0] - context), cited[-1] + context + 1
    marked = set(cited)
    return tuple(
        Row(row.text, row.line, row.page, row.place, at in marked)
        for at, row in enumerate(rows[first:last], start=first)
    )


def _all_rows(document: Document) -> list[Row]:
    return [
        Row(
            text,
            block.lines[at] if document.has_lines else None,
            block.page,
            block.places[at] if block.places else None,
            is_cited=False,
        )
        for block in document.blocks
        for at, text in enumerate(block.text.split("\n"))
    ]


def _cited_rows(rows: Sequence[Row], location: Location) -> list[int]:
    """The rows at the lines, on the pages or at the place of a location, or all of a document."""
    if location.lines is not None:
        first, last = location.lines
        return [at for at, row in enumerate(rows) if first <= (row.line or 0) <= last]
    if location.pages is not None:
        first, last = location.pages
        return [at for at, row in enumerate(rows) if first <= (row.page or 0) <= last]
    if location.place is None:
        return list(range(len(rows)))
    begins, ends = ends_of(location.place)
    starts = [at for at, row in enumerate(rows) if row.place and ends_of(row.place)[0] == begins]
    stops = [at for at, row in enumerate(rows) if row.place and ends_of(row.place)[1] == ends]
    if not starts or not stops:
        return []
    if begins == ends:  # rows of other places may stand between
        return starts
    return list(range(starts[0], stops[-1] + 1))


def _is_shared(location: Location, passages: Sequence[StoredPassage]) -> bool:
    """Whether several passages are all that stands at a place, as those of a mail's text are."""
    return len(passages) > 1 and {passage.location.place for passage in passages} == {
        location.place
    }


def _narrowed(rows: Sequence[Row], cited: Sequence[int], text: str) -> list[int]:
    """Of the rows of the cited pages those of the passage, in a format without lines."""
    wanted = [row for row in text.split("\n") if row.strip()]
    for start in range(len(cited) - len(wanted) + 1):
        run = cited[start : start + len(wanted)]
        if all(part in rows[at].text for at, part in zip(run, wanted, strict=True)):
            return list(run)
    return list(cited)

"""A cited passage, or lines of a document, with the rows around it, as the file is now."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from semsearch.documents.coverage import Coverage
from semsearch.documents.document import Document
from semsearch.documents.passage import Location, ends_of, valid_text
from semsearch.documents.reason import DocumentUnreadable
from semsearch.errors import CorpusError, SettingsError
from semsearch.query.citation import Checker, Standing
from semsearch.query.letter_forms import composed
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.record.passages import StoredPassage
from semsearch.store.snapshot import open_snapshot

if TYPE_CHECKING:
    from semsearch.store.protocol import Records

_DIGEST: Final = re.compile(r"[0-9a-f]{8,64}")
_LINES: Final = re.compile(r"(?P<path>.+?):(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?(?: .*)?")
_PAGES: Final = re.compile(r"(?P<path>.+?) p\.\s?(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?")
_QUOTED: Final = re.compile(r'"(?P<path>(?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}

_Cited = tuple[Location, tuple[StoredPassage, ...]]  # a place, and the whole passages in it


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

    ``location`` is the place now. ``standing`` is None when the citation names no single passage of
    the index. There are no rows when the file no longer has the passage.
    """

    corpus: Path
    location: Location
    standing: Standing | None
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """Location, standing and rows as JSON names and values."""
        return {
            **self.location.to_dict(),
            "standing": None if self.standing is None else self.standing.value,
            "rows": [row.to_dict() for row in self.rows],
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
    with open_snapshot(find_index(settings)) as snapshot:
        location, passages = _cited(what, snapshot)
        passage = passages[0] if len(passages) == 1 else None
        document = snapshot.view.documents.at_path(location.path)
        if document is not None and document.coverage is Coverage.SKIPPED:
            raise CorpusError(f"{location.path} is not in the index: {document.reason}")
        known = {} if document is None else {location.path: document}
        checker = Checker(snapshot.corpus, known, settings)
        standing = None
        if passage is not None:
            checked = checker.check(location, passage.body)
            standing, location = checked.standing, checked.location
        rows: tuple[Row, ...] = ()
        if standing not in (Standing.GONE, Standing.CHANGED):
            rows = _rows(_read(checker, location.path), location, passages, context)
        return Shown(snapshot.corpus, location, standing, rows)


def _read(checker: Checker, path: str) -> Document:
    try:
        return checker.read(path).document
    except FileNotFoundError as error:
        raise CorpusError(f"there is no {path} any more; run: semsearch index") from error
    except DocumentUnreadable as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error


def cited_passages(what: str, snapshot: "Records") -> list[StoredPassage]:
    """The passages that overlap the place a citation names; raises ``SettingsError``."""
    location, passages = _cited(valid_text(what), snapshot)
    if passages:
        return list(passages)
    document = snapshot.view.documents.at_path(location.path)
    if document is None:
        return []
    texts = snapshot.view.texts.ids_in([document.id])
    return [
        passage
        for passage in snapshot.view.passages.of_texts(texts, snapshot.generation.repeats)
        if passage.document == document.id
        and _overlap(passage.location.lines, location.lines)
        and _overlap(passage.location.pages, location.pages)
    ]


def _overlap(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    if one is None or other is None:
        return other is None
    return one[0] <= other[1] and other[0] <= one[1]


def _cited(what: str, snapshot: "Records") -> _Cited:
    """The place that a citation or a digest names, and its passages, if they are whole."""
    if _DIGEST.fullmatch(what):
        texts = snapshot.view.texts.with_digest_prefix(what)
        if len(texts) != 1:
            many = "several passages" if texts else "no passage"
            raise SettingsError(f"{many} of the index have a digest that begins with {what}")
        passage = snapshot.view.passages.of_texts(texts, snapshot.generation.repeats)[0]
        return passage.location, (passage,)
    for spelled, path, ending in _likely(_unescaped(what), snapshot):
        document = snapshot.view.documents.at_path(path)
        if document is None:
            continue
        own = snapshot.view.texts.ids_in([document.id])
        passages = [
            passage
            for passage in snapshot.view.passages.of_texts(own, snapshot.generation.repeats)
            if passage.document == document.id
        ]
        for passage in passages:
            if passage.location.place is not None and passage.location.place == ending:
                return passage.location, (passage,)
        return (
            _merged(path, ending, passages)
            or _on_page(path, ending, passages)
            or _named(spelled, path, passages)
        )
    for path, _ in _splits(what.replace(":", " ")):
        if snapshot.view.documents.at_path(path) is not None and path != what:
            raise SettingsError(
                f"{what[len(path) + 1 :]!r} is no place in {path}; give lines, as in {path}:12-14,"
                " or a place as query prints it"
            )
    raise SettingsError(
        f"{what} names no document of the index; give a citation as query prints it, such as"
        " notes.md:12-14 or 'paper.pdf p.3'"
    )


def _likely(what: str, snapshot: "Records") -> Iterator[tuple[str, str, str]]:
    """A citation with its path and place, in each way to split it.

    Then those by a path that is spelled with other letters, which the citation gets.
    """
    splits = _splits(what)
    yield from ((what, path, ending) for path, ending in splits)
    paths = {composed(path): path for path, _ in snapshot.view.documents.stats()}
    for typed, ending in splits:
        if (path := paths.get(composed(typed))) is not None:
            yield path + what[len(typed) :], path, ending


def _splits(what: str) -> list[tuple[str, str]]:
    """The ways to split a citation into a path and a place, the likeliest first."""
    found = [(what, "")]
    for kind in (_LINES, _PAGES):
        if match := kind.fullmatch(what):
            path = match["path"]
            found.append((path, what[len(path) + 1 :]))  # a page may be called by another number
    spaces = [at for at, letter in enumerate(what) if letter == " "]
    return found + [(what[:at], what[at + 1 :]) for at in spaces]


def _merged(path: str, ending: str, passages: Sequence[StoredPassage]) -> _Cited | None:
    """The passages of a hit that was made of neighbours, by the place that it was cited with."""
    first, last = ends_of(ending)
    placed = [passage for passage in passages if passage.location.place]
    begins = [p for p in placed if ends_of(p.location.place or "")[0] == first]
    ends = [p for p in placed if ends_of(p.location.place or "")[1] == last]
    if not begins or not ends or begins[0].ordinal > ends[-1].ordinal:
        return None
    among = range(begins[0].ordinal, ends[-1].ordinal + 1)
    found = tuple(passage for passage in passages if passage.ordinal in among)
    start, stop = found[0].location, found[-1].location
    lines = (start.lines[0], stop.lines[1]) if start.lines and stop.lines else None
    pages = (start.pages[0], stop.pages[1]) if start.pages and stop.pages else None
    return Location(path, lines, pages, (), ending), found


def _unescaped(what: str) -> str:
    """A citation whose path stands in quotes with C escapes, as a terminal got it, without them."""
    quoted = _QUOTED.match(what)
    if quoted is None:
        return what
    path = os.fsdecode(_ESCAPE.sub(_byte, os.fsencode(quoted["path"])))
    return path + what[quoted.end() :]


def _byte(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8)]) if code.isdigit() else _LETTERS.get(code, code)


def _on_page(path: str, called: str, passages: Sequence[StoredPassage]) -> _Cited | None:
    """The page with that label ("p.iv" may be the sixth), and its passage if it has only one."""
    found = [
        passage
        for passage in passages
        if passage.location.pages and (passage.location.place or "").startswith(f"{called} ")
    ]
    if not called or not found:
        return None
    assert found[0].location.pages is not None  # see ``found``
    page, last = found[0].location.pages
    if len(found) == 1 and page == last:
        return found[0].location, (found[0],)
    return Location(path, None, (page, page), ()), ()


def _named(what: str, path: str, passages: Sequence[StoredPassage]) -> _Cited:
    """The lines or pages that a citation names, or the whole document when it names none."""
    lines = pages = None
    if (match := _LINES.fullmatch(what)) and match["path"] == path:
        lines = _range(match)
    elif (match := _PAGES.fullmatch(what)) and match["path"] == path:
        pages = _range(match)
    elif what != path:
        raise SettingsError(f"{path} has no place {what[len(path) + 1 :]!r} in the index")
    found = [
        passage
        for passage in passages
        if (passage.location.lines, passage.location.pages) == (lines, pages)
    ]
    if len(found) == 1:
        return found[0].location, (found[0],)
    return Location(path, lines, pages, ()), ()


def _range(match: re.Match[str]) -> tuple[int, int]:
    first = int(match["first"])
    return first, max(first, int(match["last"] or first))


def _rows(
    document: Document, location: Location, passages: Sequence[StoredPassage], context: int
) -> tuple[Row, ...]:
    """The cited rows and ``context`` rows on each side."""
    rows = list(_all_rows(document))
    cited = [at for at, row in enumerate(rows) if _is_in(row, location)]
    if passages and location.lines is None:
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


def _is_in(row: Row, location: Location) -> bool:
    if location.lines is not None:
        first, last = location.lines
        return row.line is not None and first <= row.line <= last
    if location.pages is not None:
        first, last = location.pages
        return row.page is not None and first <= row.page <= last
    return True


def _narrowed(rows: Sequence[Row], cited: Sequence[int], text: str) -> list[int]:
    """Of the rows of the cited pages those of the passage, in a format without lines."""
    wanted = [row for row in text.split("\n") if row.strip()]
    for start in range(len(cited) - len(wanted) + 1):
        run = cited[start : start + len(wanted)]
        if all(part in rows[at].text for at, part in zip(run, wanted, strict=True)):
            return list(run)
    return list(cited)

"""Hits as the page shows them: a citation, a trail, an extract with its best sentence marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.documents.passage import Location
from semsearch.documents.text.printable import printable, printable_line, printable_path
from semsearch.query.citation import Standing
from semsearch.query.citation_text import citation
from semsearch.query.hits import Hit
from semsearch.query.relevance import in_words
from semsearch.serve.document_text import Piece

_BEFORE: Final = 120  # characters of an extract before its marked sentence
_LONGEST: Final = 420  # characters of an extract
_HEADING: Final = re.compile(r"^#{1,6} ", re.MULTILINE)  # signs of Markdown
_TRAIL: Final = 140  # characters of headings

_TOLD: Final = {
    Standing.MOVED: "moved in the file since it was indexed",
    Standing.CHANGED: "the file has changed since it was indexed",
    Standing.GONE: "the file is gone",
}


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit as the page shows it.

    ``index`` is the index that was asked, ``origin`` that with the source, for a person. ``folder``
    and ``name`` are those of the file, ``place`` is where in it; ``copied`` is the
    citation that is copied, ``cited`` the one by which the document is asked for, now.
    """

    rank: int
    index: str
    origin: str
    path: str
    folder: str
    name: str
    place: str
    copied: str
    cited: str
    trail: str
    pieces: tuple[Piece, ...]
    relevance: float
    in_words: str
    standing: str
    copies: tuple[str, ...]
    sentence: str


def hit_view(hit: Hit) -> HitView:
    """The view of a hit."""
    now = hit.location if hit.checked is None else hit.checked.location
    path = printable_path(hit.location.path)
    folder, slash, name = path.rpartition("/")
    cited = citation(hit.location)
    start, end = hit.marked or (0, 0)
    return HitView(
        rank=hit.rank,
        index=hit.index or "",
        origin=hit.origin or "",
        path=hit.location.path,
        folder=folder + slash,
        name=name,
        place=place_in_words(now),
        copied=f"{printable_line(hit.origin)}: {cited}" if hit.origin else cited,
        cited=cited,
        trail=_trail(hit.location.headings),
        pieces=extract(hit.text, start, end),
        relevance=hit.relevance,
        in_words=in_words(hit.relevance),
        standing="" if hit.checked is None else _TOLD.get(hit.checked.standing, ""),
        copies=tuple(citation(place) for place in hit.copies[:3]),
        sentence=hit.text[start:end],
    )


def place_in_words(location: Location) -> str:
    """Where in its document a passage is, for a person.

    >>> place_in_words(Location("a.md", (3, 9), None, ()))
    'lines 3-9'
    """
    place = citation(location)[len(printable_path(location.path)) :].lstrip(": ")
    if location.lines is None or location.place is not None:
        return place
    return f"lines {place}" if "-" in place else f"line {place}"


def extract(text: str, start: int, end: int) -> tuple[Piece, ...]:
    """The part of a text around a span, with the span marked; cut at blanks.

    >>> [piece.text for piece in extract("One. Two. Three.", 5, 9)]
    ['One. ', 'Two.', ' Three.']
    """
    first = _next_word(text, start - _BEFORE)
    last = max(end, _last_word(text, first + _LONGEST))
    parts = (
        ("… " if first else "", False),
        (text[first:start], False),
        (text[start:end], True),
        (text[max(end, first) : last], False),
        (" …" if last < len(text) else "", False),
    )
    return tuple(Piece(_one_line(part), is_marked) for part, is_marked in parts if part)


def _one_line(text: str) -> str:
    """The text without line ends, and with single blanks at both ends where it has some."""
    inner = " ".join(printable(_HEADING.sub("", text)).split())
    before = " " if text[:1].isspace() else ""
    return f"{before}{inner}{' ' if text[-1:].isspace() and inner else ''}"


def _next_word(text: str, at: int) -> int:
    if at <= 0:
        return 0
    blank = text.find(" ", at)
    return at if blank < 0 or blank - at > _BEFORE // 2 else blank + 1


def _last_word(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    blank = text.rfind(" ", at - _BEFORE // 2, at)
    return at if blank < 0 else blank


def _trail(headings: Sequence[str]) -> str:
    trail = " › ".join(printable_line(heading) for heading in headings)
    return trail if len(trail) <= _TRAIL else f"{trail[: _TRAIL - 1]}…"

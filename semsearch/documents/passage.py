"""The passage: the unit that is embedded, ranked and cited, and its location."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from semsearch.errors import SettingsError

QUOTED: Final = "quoted"  # heading of a message that is quoted in another, once for each level

_NUMBERS: Final = re.compile(
    r"(?P<before>.* )?(?P<first>\d[\d:.,]*)-(?P<last>\d[\d:.,]*)", re.DOTALL
)
_KIND: Final = re.compile(r"› |[a-z]+[. ]")  # with which a place begins
_BETWEEN: Final = re.compile(" - ")


def text_digest(text: str) -> bytes:
    """Return the SHA-256 (32 bytes) of exactly the text that is embedded, in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).digest()


def valid_text(text: str) -> str:
    """Return text from the command line as text that can be sent.

    In a locale other than UTF-8 Python keeps the bytes of arguments as lone surrogates; they are
    decoded as the UTF-8 that they are. Raises ``SettingsError`` when they are not UTF-8.
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError as error:
        raise SettingsError("the text is not valid UTF-8; type it again") from error


def spanned(first: str, last: str) -> str:
    """Return the range from one place to another, in words of the format; both may be ranges.

    >>> spanned("sheet Costs row 2", "sheet Costs row 9")
    'sheet Costs row 2-9'
    >>> spanned("p.12 line 1-20", "p.12 line 36-42"), spanned("p.12 line 9-20", "p.13 line 1")
    ('p.12 line 1-42', 'p.12 line 9 - p.13 line 1')
    """
    first, last = ends_of(first)[0], ends_of(last)[1]
    if first == last:
        return first
    *before, _ = first.split(" ")
    *before_last, number = last.split(" ")
    return f"{first}-{number}" if before == before_last else f"{first} - {last}"


def ends_of(place: str) -> tuple[str, str]:
    """Return the two places that a range was made of by ``spanned``; a place is its own ends.

    >>> ends_of("p.12 line 1-42"), ends_of("slide 3 - slide 4"), ends_of("cell 4")
    (('p.12 line 1', 'p.12 line 42'), ('slide 3', 'slide 4'), ('cell 4', 'cell 4'))
    >>> ends_of("› a.pdf p.1 line 9 - › a.pdf p.2 line 1")
    ('› a.pdf p.1 line 9', '› a.pdf p.2 line 1')
    """
    if (numbers := _NUMBERS.fullmatch(place)) is not None:
        before = numbers["before"] or ""
        return before + numbers["first"], before + numbers["last"]
    kind = _KIND.match(place)
    for split in _BETWEEN.finditer(place):
        first, last = place[: split.start()], place[split.end() :]
        # A sheet may have such a hyphen in its name.
        if kind and last.startswith(kind.group()) and first[-1:].isdigit():
            return first, last
    return place, place


def can_span(first: str | None, last: str | None) -> bool:
    """Whether the range from one place to another can be taken apart again, as ``show`` does.

    >>> can_span("p.1 line 9", "p.2 line 1"), can_span("p.1 line 9", "attachments")
    (True, False)
    """
    if first is None or last is None:
        return first == last
    return ends_of(spanned(first, last)) == (ends_of(first)[0], ends_of(last)[1])


@dataclass(frozen=True, slots=True)
class Location:
    """The place of a passage: path, line or page range (1-based, inclusive), heading trail.

    ``place`` names it in words of the format where neither lines nor page numbers do: "slide 3",
    "sheet Costs row 2-9", "cell 4", "00:01:10-00:02:30".
    """

    path: str
    lines: tuple[int, int] | None
    pages: tuple[int, int] | None
    headings: tuple[str, ...]
    place: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The location as JSON names and values."""
        return {
            "path": self.path,
            "pages": None if self.pages is None else list(self.pages),
            "lines": None if self.lines is None else list(self.lines),
            "place": self.place,
            "headings": list(self.headings),
        }


def spanning(first: Location, last: Location) -> Location:
    """From the start of the first location to the end of the last; the headings they share."""
    place = None
    if first.place is not None and last.place is not None:
        place = spanned(first.place, last.place)
    return replace(
        first,
        lines=(first.lines[0], last.lines[1]) if first.lines and last.lines else None,
        pages=(first.pages[0], last.pages[1]) if first.pages and last.pages else None,
        headings=tuple(
            heading
            for heading, other in zip(first.headings, last.headings, strict=False)
            if heading == other
        ),
        place=place,
    )


@dataclass(frozen=True, slots=True)
class Passage:
    """A cut of one document; ``text`` is its text as it stands in the document.

    ``context`` is embedded before the text: the document's title, headings, or nothing. ``lines``
    is None in formats without lines, ``pages`` is None in formats without pages or slides;
    ``place`` is as in ``Location``.
    """

    text: str
    lines: tuple[int, int] | None
    pages: tuple[int, int] | None
    headings: tuple[str, ...]
    place: str | None = None
    context: str = ""

    @property
    def embedded(self) -> str:
        """Exactly the text that is embedded: the context, then the passage's own text."""
        return f"{self.context}\n\n{self.text}" if self.context else self.text

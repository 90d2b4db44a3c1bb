"""Calendars (iCalendar, RFC 5545) and address cards (vCard, RFC 6350) to blocks, entry by entry.

Of an entry the properties are read that a program shows, each as a row of its own.
"""

import re
from collections.abc import Iterator
from quopri import decodestring
from typing import Final, NamedTuple

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.encoding import text_in
from semsearch.documents.readers.headings import LONGEST_TITLE
from semsearch.documents.readers.plain_text import read_text

_SHOWN: Final = {  # property: its name in a row
    "SUMMARY": "Summary",
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "LOCATION": "Location",
    "DESCRIPTION": "Description",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "CONTACT": "Contact",
    "COMMENT": "Comment",
    "RESOURCES": "Resources",
    "STATUS": "Status",
    "FN": "Name",
    "N": "Full name",
    "NICKNAME": "Nickname",
    "ORG": "Organization",
    "TITLE": "Title",
    "ROLE": "Role",
    "EMAIL": "E-mail",
    "TEL": "Telephone",
    "ADR": "Address",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "IMPP": "Chat",
    "RELATED": "Related",
    "CATEGORIES": "Categories",
    "NOTE": "Note",
    "URL": "URL",
}
_TITLES: Final = ("SUMMARY", "FN", "N")  # of an entry, the first that it has
_ENTRIES: Final = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VCARD"})
_WITHOUT_TEXT: Final = frozenset({"VALARM", "VTIMEZONE", "VFREEBUSY"})
_PARTS: Final = frozenset({"N", "ORG", "ADR"})  # values made of parts between semicolons
_PERSONS: Final = frozenset({"ORGANIZER", "ATTENDEE"})
_PROPERTY: Final = re.compile(
    r'(?:[\w-]+\.)?([A-Za-z-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)', re.DOTALL
)
_PARAMETER: Final = re.compile(r';\s*([A-Za-z-]+)(?:=("[^"]*"|[^";]*))?')
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_PART_END: Final = re.compile(r"(?<!\\)(?:\\\\)*;")


class _Line(NamedTuple):
    """A property, unfolded: its name, parameters and value, and the lines that it stands on."""

    name: str
    parameters: dict[str, str]
    value: str
    first: int
    last: int


def read_cards(text: str) -> Document:
    """Read the events, tasks and notes of a calendar, or the cards of an address book.

    A text that is neither is read as it is.
    """
    blocks: list[Block] = []
    entry: list[_Line] = []
    hidden = 0  # components around the line that have no text
    for line in _lines(text):
        name = line.value.strip().upper()
        if line.name in ("BEGIN", "END") and name in _WITHOUT_TEXT:
            hidden += 1 if line.name == "BEGIN" else -1 if hidden else 0
        elif line.name in ("BEGIN", "END") and name in _ENTRIES:
            blocks += _blocks(entry)
            entry, hidden = [], 0
        elif not hidden and line.name in _SHOWN:
            entry.append(line)
    blocks += _blocks(entry)
    return Document(tuple(blocks)) if blocks or "BEGIN:" in text.upper() else read_text(text)


def _blocks(entry: list[_Line]) -> Iterator[Block]:
    titles = {line.name: _words(line) for line in reversed(entry)}
    title = next((titles[name] for name in _TITLES if titles.get(name)), "")
    rows: list[tuple[str, int, int]] = []
    for line in entry:
        first, *rest = _words(line).split("\n")
        is_repeated = line.name == "N" and "FN" in titles and _is_within(first, titles["FN"])
        if first.strip() and not is_repeated:
            rows.append((f"{_SHOWN[line.name]}: {first}", line.first, line.last))
            rows += [(row, line.first, line.last) for row in rest if row.strip()]
    if rows:
        texts, first_lines, last_lines = zip(*rows, strict=True)
        trail = (" ".join(title.split())[:LONGEST_TITLE],) if title else ()
        # No heading, which would be joined with the next entry.
        yield Block(
            BlockKind.LIST, "\n".join(texts), first_lines, headings=trail, last_lines=last_lines
        )


def _is_within(name: str, whole: str) -> bool:
    return set(name.casefold().split()) <= set(whole.casefold().split())


def _lines(text: str) -> Iterator[_Line]:
    """The properties of a text; a row that begins with a blank goes on with the row before it."""
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        pieces, first = [rows[at]], at
        is_quoted = "QUOTED-PRINTABLE" in rows[at].upper()
        at += 1
        while at < len(rows) and (
            rows[at][:1] in (" ", "\t") or (is_quoted and pieces[-1].endswith("="))
        ):
            pieces.append(rows[at] if is_quoted else rows[at][1:])
            at += 1
        if found := _PROPERTY.fullmatch(("\n" if is_quoted else "").join(pieces)):
            parameters = {
                name.upper(): value.strip('"') for name, value in _PARAMETER.findall(found[2])
            }
            yield _Line(found[1].upper(), parameters, found[3], first + 1, at)


def _words(line: _Line) -> str:
    """The value of a property as a person reads it."""
    value = line.value
    codings = {line.parameters.get("ENCODING", "").upper(), *line.parameters}
    if "QUOTED-PRINTABLE" in codings:
        value = text_in(
            decodestring(value.encode("utf-8", "replace")), line.parameters.get("CHARSET")
        )
    if line.name.startswith("DT") or line.name in ("DUE", "BDAY", "ANNIVERSARY"):
        return _moment(value, line.parameters.get("TZID"))
    if line.name in _PERSONS or value.lower().startswith(("mailto:", "tel:")):
        value = value.partition(":")[2] if ":" in value else value
        name = line.parameters.get("CN", "")
        return f"{name} <{value}>" if name and name != value else value
    if line.name in _PARTS:
        parts = [_unescaped(part).strip() for part in _split(value)]
        return (" " if line.name == "N" else ", ").join(filter(None, parts))
    return _unescaped(value).strip()


def _split(value: str) -> list[str]:
    ends = [0, *(found.end() for found in _PART_END.finditer(value))]
    return [
        value[start:end].removesuffix(";")
        for start, end in zip(ends, [*ends[1:], len(value)], strict=True)
    ]


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _moment(value: str, zone: str | None) -> str:
    """A date or a time, as 2024-05-06 10:00."""
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        return _unescaped(value)
    date = f"{found[1]}-{found[2]}-{found[3]}"
    if found[4] is None:
        return date
    place = " UTC" if found[6] else f" ({zone})" if zone else ""
    return f"{date} {found[4]}:{found[5]}{place}"

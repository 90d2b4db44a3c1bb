"""Calendars and address books are read as a person sees them."""

import pytest

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.readers.cards import read_cards


def rows(*properties: str, kind: str = "VEVENT") -> list[str]:
    """The rows of one entry."""
    (block,) = read_cards("\n".join([f"BEGIN:{kind}", *properties, f"END:{kind}"])).blocks
    return block.text.split("\n")


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("SUMMARY:Tea\\, and cake\\; then home", "Summary: Tea, and cake; then home"),
        ("DTSTART;TZID=Europe/Berlin:20240506T100000", "Start: 2024-05-06 10:00 (Europe/Berlin)"),
        ("DTSTART:20240506T080000Z", "Start: 2024-05-06 08:00 UTC"),
        ("DTSTART;VALUE=DATE:20240506", "Start: 2024-05-06"),
        ('ATTENDEE;CN="Ann; Lee":mailto:ann@x.org', "Attendee: Ann; Lee <ann@x.org>"),
        ("ORGANIZER:mailto:ann@x.org", "Organizer: ann@x.org"),
        ("N:Müller;Ada;;Dr.;", "Full name: Müller Ada Dr."),
        ("item1.ADR;TYPE=home:;;Pier 4;Northvale;;;", "Address: Pier 4, Northvale"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=BC=\n=C3=9Fe", "Note: Grüße"),
        ("TEL;VALUE=uri:tel:+1-555", "Telephone: +1-555"),
    ],
)
def test_values_are_words(line: str, row: str) -> None:
    """Times, names and escaped characters are written out."""
    assert rows(line) == [row]


def test_entries_are_cited_by_their_lines() -> None:
    """Each event stands under its summary, with the rows of its description on its lines."""
    text = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZNAME:CEST
END:VTIMEZONE
BEGIN:VEVENT
DESCRIPTION:First row\\nand the sec
 ond row
SUMMARY:Tea
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VTODO
SUMMARY:Cake
END:VTODO
END:VCALENDAR"""
    tea, cake = read_cards(text).blocks
    assert tea.text == "Description: First row\nand the second row\nSummary: Tea"
    assert (tea.headings, tea.lines, tea.last_lines) == (("Tea",), (6, 6, 8), (7, 7, 8))
    assert (cake.headings, cake.text) == (("Cake",), "Summary: Cake")
    passages = passages_of(read_cards(text), Budget(1000, 0, lambda _: True))
    assert [passage.headings for passage in passages] == [("Tea",), ("Cake",)]


def test_a_name_that_is_shown_whole_stands_once() -> None:
    """The parts of a name are left out beside the whole name, and pictures always."""
    shown = rows("N:Lee;Ann;;;", "FN:Ann Lee", "PHOTO;ENCODING=b:iVBORw0KGgo=", kind="VCARD")
    assert shown == ["Name: Ann Lee"]

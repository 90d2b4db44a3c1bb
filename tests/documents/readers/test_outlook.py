"""Messages of Outlook, in a file of their own or within another message, are read as mail."""

import struct

import pytest

from fakes.compound_file import compound_file
from fakes.office_files import paragraph, word
from semsearch.documents.readers.mapi import unpacked_rtf
from semsearch.documents.readers.outlook import read_outlook
from semsearch.documents.readers.tnef import read_tnef
from semsearch.documents.reason import DocumentUnreadable

SENT = 133_594_632_000_000_000  # 6 May 2024, 10:00, in units of 100 ns from 1601


def unicode(number: str, text: str) -> tuple[str, bytes]:
    """A property that is a text."""
    return f"__substg1.0_{number}001F", text.encode("utf-16-le")


def fixed(header: int, number: int = 0x0039, value: int = SENT) -> bytes:
    """The properties of a message that are no streams: when it was sent."""
    return bytes(header) + struct.pack("<HHIQ", 0x40, number, 6, value)


INNER = dict([unicode("0037", "Inner"), unicode("1000", "Innermost.")])
FILE = {"__substg1.0_37010102": b"A map.", **dict([unicode("3707", "map.txt")])}
MESSAGE: dict[str, object] = {
    **dict([unicode("0037", "Grüße"), unicode("1000", "Die Lampe brennt.\r\n")]),
    **dict([unicode("0C1A", "Ann"), unicode("5D01", "ann@x.org"), unicode("0E04", "Bob")]),
    "__properties_version1.0": fixed(32),
    "__attach_version1.0_#00000000": FILE,
    "__attach_version1.0_#00000001": {"__substg1.0_3701000D": INNER},
}


def test_a_message_of_outlook_is_read_with_its_attachments() -> None:
    """Header, text, files and messages within it have their places."""
    shown = [
        (block.places[0], block.text)
        for block in read_outlook(compound_file(MESSAGE)).blocks
        if block.places
    ]
    assert shown == [
        (
            "message",
            "From: Ann <ann@x.org>\nTo: Bob\nDate: Mon, 06 May 2024 10:00:00 +0000\nSubject: Grüße",
        ),
        ("message", "Die Lampe brennt."),
        ("message", "Attached: map.txt"),
        ("message, map.txt line 1", "A map."),
        ("message, forwarded message", "Subject: Inner"),
        ("message, forwarded message", "Innermost."),
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"__substg1.0_10130102": "<p>Ein Brief, größer</p>".encode()}, "Ein Brief, größer"),
        ({"__substg1.0_1000001E": "Größer".encode("cp1252")}, "Größer"),
    ],
)
def test_the_text_may_be_a_page_or_of_an_older_outlook(body: dict[str, object], text: str) -> None:
    """A text that is no Unicode is in the encoding that its bytes are in."""
    codepage = bytes(32) + struct.pack("<HHIII", 3, 0x3FFD, 6, 1252, 0)
    made = {**body, "__properties_version1.0": codepage} if "E" in next(iter(body)) else body
    assert [block.text for block in read_outlook(compound_file(made)).blocks] == [text]


def test_a_damaged_message_is_told() -> None:
    """A file that is cut is no message."""
    with pytest.raises(DocumentUnreadable, match="damaged Outlook message"):
        read_outlook(compound_file(MESSAGE)[:700])


def test_rtf_is_unpacked() -> None:
    """The example of the specification (MS-OXRTFCP, 3.1)."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3206865"
        "6c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def attribute(level: int, name: int, value: bytes) -> bytes:
    """An attribute of TNEF."""
    return (
        struct.pack("<BII", level, name, len(value))
        + value
        + struct.pack("<H", sum(value) & 0xFFFF)
    )


def properties(*found: tuple[int, int, bytes]) -> bytes:
    """MAPI properties in an attribute: type, number and value of each."""
    packed = struct.pack("<I", len(found))
    for kind, number, value in found:
        packed += struct.pack("<HHII", kind, number, 1, len(value)) + value + bytes(-len(value) % 4)
    return packed


def test_winmail_dat_has_a_text_and_files() -> None:
    """The text and the files in winmail.dat are read, a name in Unicode before one in ASCII."""
    data = b"\x78\x9f\x3e\x22\x01\x00" + attribute(
        1, 0x69003, properties((0x1F, 0x1000, "Die Lampe".encode("utf-16-le")))
    )
    data += (
        attribute(2, 0x69002, bytes(14))
        + attribute(2, 0x18010, b"KARTE~1.TXT\0")
        + attribute(2, 0x6800F, b"A map.")
    )
    data += attribute(2, 0x69005, properties((0x1F, 0x3707, "Karte.txt".encode("utf-16-le"))))
    shown = [(block.places[0], block.text) for block in read_tnef(data).blocks if block.places]
    assert shown == [
        ("message", "Die Lampe"),
        ("message", "Attached: Karte.txt"),
        ("message, Karte.txt line 1", "A map."),
    ]


@pytest.mark.parametrize("size", [6, 20, 40, 60, 100])
def test_winmail_dat_may_be_cut(size: int) -> None:
    """What is there is read."""
    data = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x2800C, b"The lamp burns.\0") * 2
    assert all("lamp" in block.text or size < 40 for block in read_tnef(data[:size]).blocks)


def test_a_damaged_part_of_a_message_costs_only_itself() -> None:
    """A part whose size is more than the file's is named, and the others are read."""
    name = unicode("0C1A", "")[0].encode("utf-16-le").ljust(64, b"\0")
    data = bytearray(compound_file(MESSAGE))
    size = data.index(name) + 120  # of an entry of the directory (MS-CFB, 2.6.1)
    data[size : size + 4] = b"\xff\xff\xff\x7f"
    document = read_outlook(bytes(data))
    assert document.blocks[0].text.startswith("From: ann@x.org\nTo: Bob\n")
    assert document.unread is not None
    assert document.unread.detail.endswith("__substg1.0_0C1A001F: longer than the file")


@pytest.mark.parametrize(
    ("streams", "expected", "unread"),
    [
        ({"Package": word(paragraph("Oil and wicks."))}, "A chart\nOil and wicks.", None),
        ({"Unheard": b"?"}, "A chart", "not read: an embedded object: its format is not read"),
    ],
)
def test_an_object_in_a_message_is_read_or_named(
    streams: dict[str, object], expected: str, unread: str | None
) -> None:
    """An object that is attached as such is no message; its words follow its name."""
    attached = {"__substg1.0_3701000D": streams, **dict([unicode("3001", "A chart")])}
    tree = {**dict([unicode("0037", "s")]), "__attach_version1.0_#00000000": attached}
    document = read_outlook(compound_file(tree))
    assert [block.text for block in document.blocks][1:] == [expected]
    assert (document.unread and document.unread.detail) == unread

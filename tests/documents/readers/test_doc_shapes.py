"""What describes the pictures and shapes of a Word 97-2003 document is read as in today's."""

import struct

import pytest

from fakes.compound_file import compound_file
from semsearch.documents.readers.reader import document_of

TEXT_AT = 1024
PAGE = 4  # of the file, with the formats of runs
VISIBILITY = struct.pack("<HI", 0x03BF, 0x20002)


def art(kind: int, data: bytes, instance: int = 0, version: int = 0) -> bytes:
    """A record of a drawing."""
    return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data


def shape(described: str, options: bytes = b"", code: int = 0xC381) -> bytes:
    """A shape with the identity 1025, and with what describes it."""
    words = (described + "\0").encode("utf-16-le")
    fixed = options + struct.pack("<HI", code, len(words))
    within = art(0xF00A, struct.pack("<II", 1025, 0))
    within += art(0xF00B, fixed + words, len(fixed) // 6)
    return art(0xF004, within, version=0xF)


def document(text: str, parts: dict[int, bytes], data: bytes = b"") -> bytes:
    """A Word document: its text, structures by their places in the FIB, and stored pictures."""
    count = len(text)
    pieces = struct.pack("<ii", 0, count) + struct.pack("<HIH", 0, TEXT_AT, 0)
    # One run for each of the characters, of which the second stands for the stored picture.
    modifiers = struct.pack("<HIHB", 0x6A03, 0, 0x0855, 1)
    runs = bytearray(512)
    struct.pack_into(f"<{count + 1}I", runs, 0, *(TEXT_AT + 2 * at for at in range(count + 1)))
    runs[4 * (count + 1) + 1] = 200
    runs[400 : 401 + len(modifiers)] = bytes([len(modifiers)]) + modifiers
    runs[511] = count
    parts = {12: struct.pack("<III", TEXT_AT, TEXT_AT + 2 * count, PAGE), **parts}
    parts[33] = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    main = bytearray(TEXT_AT) + text.encode("utf-16-le")
    main = main.ljust(PAGE * 512, b"\0") + runs
    struct.pack_into("<HH", main, 0, 0xA5EC, 193)
    struct.pack_into("<i", main, 0x4C, count)
    table = b""
    for number, part in parts.items():
        struct.pack_into("<II", main, 0x9A + 8 * number, len(table), len(part))
        table += part
    return compound_file({"WordDocument": bytes(main), "0Table": table, "Data": data})


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (shape("A gannet at sea"), ["Sea", "A gannet at sea"]),
        (shape("Words in an arc", code=0xC0C0), ["Sea", "Words in an arc"]),
        (shape("gannet.jpg"), ["Sea"]),
        (shape("A gannet at sea", VISIBILITY), ["Sea"]),
    ],
)
def test_what_describes_a_picture_follows_its_paragraph(drawn: bytes, expected: list[str]) -> None:
    """A description or WordArt is read, of a picture in the text and of a shape beside it."""
    stored = struct.pack("<IH", 68 + len(drawn), 68).ljust(68, b"\0") + drawn
    in_text = document_of(document("S\x01ea\r", {}, stored), "a.doc")
    assert [block.text for block in in_text.blocks] == expected
    group = art(0xF000, b"", version=0xF)
    anchors = struct.pack("<iiI", 0, 5, 1025).ljust(8 + 26, b"\0")
    parts = {50: group + b"\0" + art(0xF002, drawn, version=0xF), 40: anchors}
    beside = document_of(document("S\x08ea\r", parts), "a.doc")
    assert [block.text for block in beside.blocks] == expected

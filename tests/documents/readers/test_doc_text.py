"""Text of .doc files that does not lie in one stretch: saved fast, or in shapes in the line."""

import struct
from io import BytesIO
from pathlib import Path

import olefile

from semsearch.documents.readers.doc import read_doc

LETTER = Path(__file__).parent / "files" / "letter.doc"


def document(main: dict[int, bytes], table: dict[int, bytes]) -> bytes:
    """A Word document with these bytes at places of its two streams, the rest zero."""
    file = BytesIO(LETTER.read_bytes())
    with olefile.OleFileIO(file, write_mode=True) as streams:
        for name, parts in (("WordDocument", main), ("1Table", table)):
            content = bytearray(streams.get_size(name))
            for place, data in parts.items():
                content[place : place + len(data)] = data
            streams.write_stream(name, bytes(content))
    return file.getvalue()


def pieces(places: list[tuple[int, int]]) -> bytes:
    """The table of pieces (CLX), each with its length and its place in the file."""
    starts = [0]
    for length, _ in places:
        starts.append(starts[-1] + length)
    table = struct.pack(f"<{len(starts)}i", *starts)
    table += b"".join(struct.pack("<HIH", 0, place, 0) for _, place in places)
    return b"\x02" + struct.pack("<I", len(table)) + table


def test_a_text_of_word_95_that_was_saved_fast_is_read_in_its_order() -> None:
    """What was written later lies behind the rest in the file, and stands where it belongs."""
    clx = pieces([(6, 0x400), (4, 0x500), (6, 0x406)])
    main = {
        0: struct.pack("<HH", 0xA5DC, 104),
        0x0A: struct.pack("<H", 0x0004),
        0x18: struct.pack("<II", 0x400, 0x40C),
        0x34: struct.pack("<i", 16),
        0x160: struct.pack("<II", 0x300, len(clx)),
        0x300: clx,
        0x400: b"Green is hot",
        0x500: b"tea ",
    }
    assert [block.text for block in read_doc(document(main, {})).blocks] == ["Green tea is hot"]


def test_boxes_of_a_group_in_the_line_are_read() -> None:
    """Their anchor is the first mark of a field, which is not shown itself."""
    text = "\x13 SHAPE \x14\x15\rA box.\r".encode("utf-16-le")
    body, box = 11, 7
    clx = pieces([(body + box, 0x400)])
    shapes = struct.pack("<2i", 0, body) + struct.pack("<I", 7).ljust(26, b"\0")
    boxes = struct.pack("<2i", 0, box) + (b"\0" * 14 + struct.pack("<I", 7)).ljust(22, b"\0")
    pairs = {33: (0, clx), 40: (0x100, shapes), 56: (0x200, boxes)}
    main = {
        0: struct.pack("<HH", 0xA5EC, 193),
        0x0A: struct.pack("<H", 0x0200),
        0x4C: struct.pack("<7i", body, 0, 0, 0, 0, 0, box),
        0x400: text,
        **{
            0x9A + 8 * at: struct.pack("<II", place, len(part))
            for at, (place, part) in pairs.items()
        },
    }
    blocks = read_doc(document(main, dict(pairs.values()))).blocks
    assert [block.text for block in blocks] == ["A box."]

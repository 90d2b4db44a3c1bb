"""Compound files (MS-CFB), in which the Office before 2007 keeps its streams."""

import struct

SECTOR, END, FREE = 512, 0xFFFFFFFE, 0xFFFFFFFF
# Of a stream shorter than 4,096 bytes a compound file has another way to store it.
LEAST = 4096


def compound_file(tree: dict[str, object]) -> bytes:
    """A compound file (MS-CFB): of names, each with bytes or with names below it."""
    entries = [("Root Entry", 5, b"", FREE)]
    siblings: dict[int, int] = {}

    def add(below: dict[str, object]) -> int:
        first = previous = FREE
        for name, value in below.items():
            at = len(entries)
            is_stream = isinstance(value, bytes)
            content = value.ljust(LEAST, b"\0") if isinstance(value, bytes) else b""
            entries.append((name, 2 if is_stream else 1, content, FREE))
            if isinstance(value, dict):
                entries[at] = (*entries[at][:3], add(value))
            first = at if first == FREE else first
            if previous != FREE:
                siblings[previous] = at
            previous = at
        return first

    entries[0] = (*entries[0][:3], add(tree))
    data, table, rows = b"", [], b""
    for at, (name, kind, content, child) in enumerate(entries):
        count = -(-len(content) // SECTOR)
        start = len(table) if count else END
        table += [*range(len(table) + 1, len(table) + count), END] if count else []
        data += content.ljust(count * SECTOR, b"\0")
        coded = (name + "\0").encode("utf-16-le")
        rows += coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded), kind, 1)
        rows += struct.pack("<III", FREE, siblings.get(at, FREE), child) + bytes(36)
        rows += struct.pack("<IQ", start, len(content))
    rows = rows.ljust(-(-len(rows) // SECTOR) * SECTOR, b"\0")
    directory = len(table)
    count = len(rows) // SECTOR
    table += [*range(directory + 1, directory + count), END]
    tables = -(-(len(table) + 8) // (SECTOR // 4))
    first_table = len(table)
    table += [0xFFFFFFFD] * tables
    table += [FREE] * (tables * SECTOR // 4 - len(table))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    )
    head += bytes(6) + struct.pack("<IIIIIIIII", 0, tables, directory, 0, LEAST, END, 0, END, 0)
    blocks = [*range(first_table, first_table + tables)]
    head += struct.pack("<109I", *blocks, *[FREE] * (109 - len(blocks)))
    return head + data + rows + struct.pack(f"<{len(table)}I", *table)

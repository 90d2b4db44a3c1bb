"""Messages as Outlook sends them within others (TNEF, winmail.dat) to blocks, as e-mail.

(MS-OXTNEF has the attributes.)
"""

import struct
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import Document
from semsearch.documents.readers.mail import Place, blocks_of
from semsearch.documents.readers.mapi import Properties, fields_of, file_in, texts_in
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MARK: Final = b"\x78\x9f\x3e\x22"
_HEAD: Final = 6  # bytes before the attributes
_SUBJECT, _BODY, _PROPERTIES = 0x00018004, 0x0002800C, 0x00069003
_NEW_FILE, _FILE_DATA, _FILE_NAME, _FILE_PROPERTIES = 0x00069002, 0x0006800F, 0x00018010, 0x00069005
_CODEPAGE: Final = 0x00069007
_SIZES: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}  # by type
_OBJECT, _STRING, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_MANY: Final = 0x1000  # of a type: several values
_NAMED: Final = 0x8000  # numbers from here on have a name


def read_tnef(data: bytes) -> Document:
    """Read the text of a message, and its files; what is damaged ends it."""
    if not data.startswith(_MARK):
        raise DocumentUnreadable(ReasonCode.WRONG_TYPE, "it is no winmail.dat")
    message: dict[int, bytes | str] = {}
    files: list[dict[int, bytes | str]] = []
    for name, value in _attributes(data):
        if name == _NEW_FILE:
            files.append({})
        elif name == _PROPERTIES:
            message.update(_properties(value))
        elif name == _BODY:
            message.setdefault(0x1000, value)
        elif name == _SUBJECT:
            message.setdefault(0x0037, value)
        elif name == _CODEPAGE:
            message.setdefault(0x3FFD, value)
        elif files and name == _FILE_DATA:
            files[-1][0x3701] = value
        elif files and name == _FILE_NAME:
            files[-1].setdefault(0x3704, value)
        elif files and name == _FILE_PROPERTIES:
            files[-1].update(_properties(value))
    within = [file_in(found) for found in files]
    where = Place("message", UnreadParts())
    blocks = tuple(blocks_of(fields_of(message), texts_in(message), within, where))
    return Document(blocks, has_lines=False, unread=where.unread.reason)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEAD
    while at + 9 <= len(data):
        _, name, size = struct.unpack_from("<BII", data, at)
        yield name, data[at + 9 : at + 9 + size]
        at += 9 + size + 2  # a checksum


def _properties(data: bytes) -> Properties:
    """The MAPI properties in an attribute, up to the first that is not known."""
    found: dict[int, bytes | str] = {}
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        at = 4
        for _ in range(count):
            kind, number = struct.unpack_from("<HH", data, at)
            at += 4
            if number >= _NAMED:
                (is_text,) = struct.unpack_from("<I", data, at + 16)
                (length,) = struct.unpack_from("<I", data, at + 20)
                at += 24 + (_padded(length) if is_text else 0)
            at, value = _value(data, at, kind)
            if value is not None:
                found[number] = value
    except (struct.error, KeyError):
        return found
    return found


def _value(data: bytes, at: int, kind: int) -> tuple[int, bytes | str | None]:
    base = kind & ~_MANY
    is_long = base in (_OBJECT, _STRING, _UNICODE, _BINARY)
    count = 1
    if is_long or kind & _MANY:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    value: bytes | str | None = None
    for _ in range(count):
        if is_long:
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
            value = data[at : at + size]
            at += _padded(size)
        else:
            value = data[at : at + _SIZES[base]]
            at += _SIZES[base]
        if at > len(data) + 4:
            raise struct.error
    if isinstance(value, bytes) and base == _UNICODE:
        value = value.decode("utf-16-le", "replace")
    return at, value


def _padded(size: int) -> int:
    return (size + 3) // 4 * 4

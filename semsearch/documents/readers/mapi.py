"""What Outlook keeps of a message (MAPI properties), as its header, its text and its files.

(MS-OXPROPS has the numbers, MS-OXCMSG and MS-OXBBODY the meaning.)
"""

import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from semsearch.documents.document import Block
from semsearch.documents.readers.encoding import text_in
from semsearch.documents.readers.mail_bodies import Text, texts_of_body
from semsearch.documents.readers.mail_files import File
from semsearch.documents.readers.reader import document_within
from semsearch.documents.reason import DocumentUnreadable

Properties = Mapping[int, bytes | str]  # by number; texts are decoded where their type is Unicode

_SUBJECT: Final = 0x0037
_SENT: Final = (0x0039, 0x0E06)  # by the sender, else received
_TO, _CC, _SENDER = 0x0E04, 0x0E03, 0x0C1A
_SENDER_ADDRESS: Final = (0x5D01, 0x5D02, 0x0C1F, 0x0065)
_CODEPAGE: Final = (0x3FDE, 0x3FFD)
_BODY, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_NAMES: Final = (0x3707, 0x3704, 0x3001)  # of a file: long, short, shown
_MEDIA_TYPE, _DATA = 0x370E, 0x3701
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_MOST_RTF: Final = 50_000_000  # bytes of a text, unpacked
_UNPACKED: Final = b"MELA"
_DICTIONARY: Final = (  # MS-OXRTFCP, 2.1.2.1
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def fields_of(found: Properties) -> list[tuple[str, str]]:
    """Return the header of a message: names and values, as those of e-mail."""
    sender = _text(found, _SENDER)
    address = next((one for key in _SENDER_ADDRESS if "@" in (one := _text(found, key))), "")
    is_named = sender and sender != address
    fields = [
        ("From", f"{sender} <{address}>" if is_named and address else sender or address),
        ("To", _text(found, _TO)),
        ("Cc", _text(found, _CC)),
        ("Date", next(filter(None, (_moment(found.get(key)) for key in _SENT)), "")),
        ("Subject", _text(found, _SUBJECT)),
    ]
    return [(name, " ".join(value.split())) for name, value in fields if value.strip()]


def texts_in(found: Properties) -> Iterator[Text]:
    """Yield the paragraphs of a message; of its forms that which says all."""
    plain, page = _text(found, _BODY), _text(found, _HTML)
    if plain.strip() or page.strip():
        yield from texts_of_body(plain, page)
        return
    packed = found.get(_RTF)
    if isinstance(packed, bytes):
        blocks: tuple[Block, ...] = ()
        try:
            blocks = document_within(unpacked_rtf(packed), "body.rtf").blocks
        except DocumentUnreadable as error:
            rows = [f"(the text of this message was not read: {error})"]
            yield from texts_of_body("\n".join(rows), "")
        for block in blocks:
            yield Text(block.kind, block.text.split("\n"))


def file_in(found: Properties) -> File:
    """Return an attached file."""
    name = next(filter(None, (_text(found, key).strip("\0 ") for key in _NAMES)), "")
    data = found.get(_DATA, b"")
    kind = _text(found, _MEDIA_TYPE) or "application/octet-stream"
    return File(" ".join(name.split()), data if isinstance(data, bytes) else b"", kind)


def unpacked_rtf(data: bytes) -> bytes:
    """Return RTF that is compressed as MS-OXRTFCP says; b"" for other bytes."""
    if len(data) < 16:
        return b""
    size = int.from_bytes(data[4:8], "little")
    if data[8:12] == _UNPACKED:
        return data[16 : 16 + size]
    window = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    at = 16
    while at < len(data) and len(out) < min(size, _MOST_RTF):
        flags = data[at]
        at += 1
        for bit in range(8):
            is_copy = flags >> bit & 1
            piece = data[at : at + 1 + is_copy]
            at += 1 + is_copy
            if len(piece) < 1 + is_copy:
                return bytes(out)
            if is_copy:
                (pair,) = struct.unpack(">H", piece)
                start, length = pair >> 4, (pair & 15) + 2
                if start == write:
                    return bytes(out)
            for step in range(length if is_copy else 1):
                byte = window[(start + step) % 4096] if is_copy else piece[0]
                out.append(byte)
                window[write] = byte
                write = (write + 1) % 4096
    return bytes(out)


def _text(found: Properties, key: int) -> str:
    value = found.get(key, "")
    if isinstance(value, bytes):
        codes = (found.get(one) for one in _CODEPAGE)
        page = next(
            (int.from_bytes(code[:4], "little") for code in codes if isinstance(code, bytes)), 0
        )
        charset = "utf-8" if page == 65001 else f"cp{page}" if page else None
        value = text_in(value.rstrip(b"\0"), charset)
    return value.replace("\r\n", "\n").replace("\0", "")


def _moment(value: bytes | str | None) -> str:
    if not isinstance(value, bytes) or len(value) < 8:
        return ""
    try:
        moment = _EPOCH + timedelta(microseconds=int.from_bytes(value[:8], "little") // 10)
    except OverflowError:
        return ""
    return f"{moment:%a, %d %b %Y %H:%M:%S} +0000"

"""Messages that Outlook has saved (.msg, MS-OXMSG) to blocks, as e-mail."""

import io
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import olefile

from semsearch.documents.document import Block, Document
from semsearch.documents.readers.mail import File, Forwarded, Place, blocks_of
from semsearch.documents.readers.mapi import Properties, fields_of, file_in, texts_in
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_STREAM: Final = "__substg1.0_"
_FIXED: Final = "__properties_version1.0"
_ATTACHED: Final = "__attach_version1.0_#"
_EMBEDDED: Final = _STREAM + "3701000D"
_HEADERS: Final = {0: 32}  # bytes before the properties of the outermost message
_HEADER_WITHIN: Final = 24  # of one within it
_HEADER_ATTACHED: Final = 8
_UNICODE, _STRING, _BINARY = "001F", "001E", "0102"
_MOST: Final = 200  # attachments
_MOST_BYTES: Final = 200_000_000  # bytes of a stream


def read_outlook(data: bytes) -> Document:
    """Read header, text and attachments, and messages that are attached."""
    where = Place("message", UnreadParts())
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            blocks = tuple(_blocks(file, (), where))
    except OSError as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged Outlook message: {error}") from error
    return Document(blocks, has_lines=False, unread=where.unread.reason)


def _blocks(file: olefile.OleFileIO, path: tuple[str, ...], where: Place) -> Iterator[Block]:
    found = _properties(file, path, _HEADER_WITHIN if path else _HEADERS[0])
    within = list(_within(file, path))
    yield from blocks_of(fields_of(found), texts_in(found), within, where)


def _within(file: olefile.OleFileIO, path: tuple[str, ...]) -> Iterator[File | Forwarded]:
    names = dict.fromkeys(
        entry[len(path)]
        for entry in file.listdir(streams=True, storages=True)
        if len(entry) > len(path) and tuple(entry[: len(path)]) == path
    )
    for name in [one for one in names if one.startswith(_ATTACHED)][:_MOST]:
        inner = (*path, name)
        attached = file_in(_properties(file, inner, _HEADER_ATTACHED))
        if file.exists([*inner, _EMBEDDED]):
            yield Forwarded(attached.name, partial(_blocks, file, (*inner, _EMBEDDED)))
        else:
            yield attached


def _properties(file: olefile.OleFileIO, path: Sequence[str], header: int) -> Properties:
    found: dict[int, bytes | str] = {}
    if file.exists([*path, _FIXED]):
        fixed = _bytes(file, [*path, _FIXED])[header:]
        for at in range(0, len(fixed) - 15, 16):
            found[int.from_bytes(fixed[at + 2 : at + 4], "little")] = fixed[at + 8 : at + 16]
    for entry in file.listdir():
        name = entry[-1]
        if entry[:-1] != [*path] or not name.startswith(_STREAM) or len(name) != 20:
            continue
        kind = name[-4:].upper()
        if kind in (_UNICODE, _STRING, _BINARY):
            value = _bytes(file, entry)
            number = int(name[-8:-4], 16)
            found[number] = value.decode("utf-16-le", "replace") if kind == _UNICODE else value
    return found


def _bytes(file: olefile.OleFileIO, path: Sequence[str]) -> bytes:
    with file.openstream([*path]) as stream:
        return bytes(stream.read(_MOST_BYTES))

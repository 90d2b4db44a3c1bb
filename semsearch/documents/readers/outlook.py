"""Messages that Outlook has saved (.msg, MS-OXMSG) to blocks, as e-mail."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from semsearch.documents.document import Block, Document
from semsearch.documents.readers.embedded import object_rows_in
from semsearch.documents.readers.mail import Forwarded, Place, blocks_of
from semsearch.documents.readers.mail_files import File
from semsearch.documents.readers.mapi import Properties, fields_of, file_in, texts_in
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable

_STREAM: Final = "__substg1.0_"
_FIXED: Final = "__properties_version1.0"
_ATTACHED: Final = "__attach_version1.0_#"
_EMBEDDED: Final = _STREAM + "3701000D"
_HEADER: Final = 32  # bytes before the properties of the outermost message
_HEADER_WITHIN: Final = 24  # of one within it
_HEADER_ATTACHED: Final = 8
_UNICODE, _STRING, _BINARY = "001F", "001E", "0102"
_MOST: Final = 200  # attachments

_Path = tuple[str, ...]


def read_outlook(data: bytes) -> Document:
    """Read header, text and attachments, and messages that are attached."""
    where = Place("message", UnreadParts())
    streams = OleStreams(data, "Outlook message")
    blocks = tuple(_blocks(streams, (), where))
    return Document(blocks, has_lines=False, unread=where.unread.reason)


def _blocks(streams: OleStreams, path: _Path, where: Place) -> Iterator[Block]:
    found = _properties(streams, path, _HEADER_WITHIN if path else _HEADER, where.unread)
    within = list(_within(streams, path, where.unread))
    yield from blocks_of(fields_of(found), texts_in(found), within, where)


def _within(streams: OleStreams, path: _Path, unread: UnreadParts) -> Iterator[File | Forwarded]:
    names = [name for name in streams.names_in(path) if name.startswith(_ATTACHED)]
    for name in names[:_MOST]:
        inner = (*path, name)
        attached = file_in(_properties(streams, inner, _HEADER_ATTACHED, unread))
        held = (*inner, _EMBEDDED)
        if any(one.startswith((_STREAM, _FIXED)) for one in streams.names_in(held)):
            yield Forwarded(attached.name, partial(_blocks, streams, held))
        elif _EMBEDDED in streams.names_in(inner):  # an object of another program
            rows = [attached.name, *object_rows_in(streams.folder(*held), unread)]
            yield File("", "\n".join(rows).encode("utf-8", "replace"), "text/plain")
        else:
            yield attached
    if len(names) > _MOST:
        unread.add_excess("other attachments", f"the message has more than {_MOST} attachments")


def _properties(streams: OleStreams, path: _Path, header: int, unread: UnreadParts) -> Properties:
    """The properties in a folder; ``unread`` is told of those that are damaged."""
    found: dict[int, bytes | str] = {}
    for name in streams.names_in(path):
        kind = name[-4:].upper()
        is_value = name.startswith(_STREAM) and len(name) == 20
        if name != _FIXED and not (is_value and kind in (_UNICODE, _STRING, _BINARY)):
            continue
        try:
            value = streams.stream((*path, name))
        except DocumentUnreadable as error:
            unread.add_failure("a part of the message", error)
            continue
        if name == _FIXED:
            fixed = value[header:]
            for at in range(0, len(fixed) - 15, 16):
                number = int.from_bytes(fixed[at + 2 : at + 4], "little")
                found.setdefault(number, fixed[at + 8 : at + 16])
        else:
            found[int(name[-8:-4], 16)] = (
                value.decode("utf-16-le", "replace") if kind == _UNICODE else value
            )
    return found

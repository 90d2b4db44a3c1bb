"""Mailboxes (RFC 4155) to blocks: files of messages, each begun by a line "From …"."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import Block, Document
from semsearch.documents.formats import Format
from semsearch.documents.readers.mail import Place, message_blocks
from semsearch.documents.readers.mail_headers import Part, header, parsed
from semsearch.documents.readers.mail_marks import FROM_LINE, MOST_HEADER, begins_message
from semsearch.documents.readers.reader import damage_of
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_LENGTH: Final = re.compile(
    rb"(?:(?!\r?\n)[^\n]*\n)*?content-length:[ \t]*(\d{1,12})[ \t]*\r?\n", re.IGNORECASE
)
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
_QUOTED_FROM: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_DELETED: Final = 0x0008  # of X-Mozilla-Status: deleted, and still in the file
_OF_SERVER: Final = "FOLDER INTERNAL DATA"  # in the subject of a server's own first message


def read_mailbox(data: bytes) -> Document:
    """Read the messages of a mailbox, one after another; deleted ones are counted, not read."""
    blocks: list[Block] = []
    unread = UnreadParts()
    number = 0
    for number, content in enumerate(messages_in(data), start=1):
        name = f"message {number}"
        try:
            message = parsed(content)
            if not _is_hidden(message):
                blocks += message_blocks(message, Place(name, unread.within(name)))
        except MemoryError:
            raise
        except Exception as error:  # parsers raise any exception; the other messages can be read
            unread.add_failure(name, damage_of(Format.MESSAGE, error))
    if not number:
        raise DocumentUnreadable(
            ReasonCode.WRONG_TYPE, "it is no mailbox: no line begins a message"
        )
    return Document(tuple(blocks), has_lines=False, unread=unread.reason)


def messages_in(data: bytes) -> Iterator[bytes]:
    """Yield each message, without the line that begins it, and without marks before "From "."""
    start: int | None = None
    kept = 0  # up to here the header of the message above says that it goes
    for found in FROM_LINE.finditer(data):
        if found.start() < kept or not begins_message(data, found):
            continue
        if start is not None:
            yield _QUOTED_FROM.sub(rb"\1", data[start : found.start()])
        start = found.end()
        kept = _declared_end(data, start)
    if start is not None:
        yield _QUOTED_FROM.sub(rb"\1", data[start:])


def _declared_end(data: bytes, start: int) -> int:
    """Where a message ends by its Content-Length; ``start`` where it has none that fits."""
    header_end = _HEADER_END.search(data, start, start + MOST_HEADER)
    length = _LENGTH.match(data, start, header_end.end() if header_end else start)
    if header_end is None or length is None:
        return start
    end = header_end.end() + int(length[1])
    rest = data[end : end + 10].lstrip(b"\r\n")
    return end if end <= len(data) and (not rest or rest.startswith(b"From ")) else start


def _is_hidden(message: Part) -> bool:
    """Whether no mail program shows a message."""
    status = header(message, "X-Mozilla-Status")
    is_deleted = re.fullmatch("[0-9A-Fa-f]{4}", status) is not None and int(status, 16) & _DELETED
    return bool(is_deleted) or _OF_SERVER in header(message, "Subject")

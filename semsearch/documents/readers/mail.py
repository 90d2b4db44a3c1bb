"""A message (RFC 5322) to blocks: its header, its text, and what is attached to it."""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from mimetypes import guess_extension
from typing import Final, NamedTuple

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.formats import Format, format_of
from semsearch.documents.readers.contained import placed
from semsearch.documents.readers.mail_bodies import (
    Text,
    is_body,
    is_message,
    is_too_deep,
    shown_parts,
    texts_of,
)
from semsearch.documents.readers.mail_files import File, file_elsewhere, is_beginning, is_elsewhere
from semsearch.documents.readers.mail_headers import Part, file_name, header, parsed
from semsearch.documents.readers.reader import document_within, is_read_within
from semsearch.documents.readers.sniffer import recognised
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
_MOST_ATTACHMENTS: Final = 20  # attachments read per message
_DEEPEST: Final = 10  # messages within messages
_SIGNATURES: Final = frozenset(
    "application/pgp-signature application/pkcs7-signature application/x-pkcs7-signature".split()
)
_ENCRYPTED: Final = frozenset(  # those of S/MIME that are not signed; PGP's note of its version
    "application/pkcs7-mime application/x-pkcs7-mime application/pgp-encrypted".split()
)
_UNKNOWN: Final = ".unknown"  # an ending of which the content says what it is
_UNNAMED_ENDINGS: Final = {"application/octet-stream": _UNKNOWN}
_APPLE_LENGTH: Final = re.compile(rb"\s*(\d{1,10})\s*\n")  # first row of an .emlx file


class Place(NamedTuple):
    """Where a message stands: in words, under which headings, and within how many messages.

    ``unread`` collects the attachments that are not read, of all messages of a file.
    """

    name: str
    unread: UnreadParts
    headings: tuple[str, ...] = ()
    depth: int = 0


class Forwarded(NamedTuple):
    """A message in a message: the name of its file, "" without one, and what gives its blocks."""

    name: str
    blocks: Callable[[Place], Iterator[Block]]


def read_message(data: bytes) -> Document:
    """Read header, text and attachments: their names, and their text where it can be read.

    A message that was forwarded as an attachment is read like the message around it.
    """
    data = data.removeprefix(BOM_UTF8)
    if length := _APPLE_LENGTH.match(data):
        data = data[length.end() : length.end() + int(length[1])]
    where = Place("message", UnreadParts())
    blocks = tuple(message_blocks(parsed(data), where))
    return Document(blocks, has_lines=False, unread=where.unread.reason)


def message_blocks(message: Part, where: Place) -> Iterator[Block]:
    """Yield the blocks of a message and of all that is in it."""
    fields = [(name, header(message, name)) for name in _SHOWN if name in message]
    parts = shown_parts(message)
    for part in parts:
        if is_too_deep(part):
            where.unread.add_excess(where.name, "a part too deep in other parts")
    texts = [text for part in parts if is_body(part) for text in texts_of(part)]
    within = [one for part in parts if not is_body(part) for one in _held(part)]
    yield from blocks_of(fields, texts, within, where)


def blocks_of(
    fields: Iterable[tuple[str, str]],
    texts: Iterable[Text],
    within: Iterable[File | Forwarded],
    where: Place,
) -> Iterator[Block]:
    """Yield the blocks of a message that is taken apart, whichever program wrote it."""
    shown = [(name, value) for name, value in fields if name != "Subject" or value]
    subject = next((value for name, value in shown if name == "Subject"), "")
    here = where._replace(headings=(*where.headings, subject) if subject else where.headings)
    rows = [f"{name}: {value}" for name, value in shown]
    yield from _block(BlockKind.HEADING if subject else BlockKind.LIST, rows, here)
    coded: list[File] = []
    for text in texts:
        coded += text.files
        yield from _block(text.kind, text.rows, here._replace(headings=here.headings + text.trail))
    attachments = [_Attachment(one) for one in (*within, *coded)]
    unnamed = [one for one in attachments if one.is_nameless_message]
    for number, attachment in enumerate(unnamed if len(unnamed) > 1 else (), start=1):
        attachment.number = f" {number}"
    for attachment in attachments[:_MOST_ATTACHMENTS]:
        attachment.read(here.unread)
    for attachment in attachments[_MOST_ATTACHMENTS:]:
        attachment.leave(here.unread)
    attached = [f"Attached: {one.described}" for one in attachments if one.described]
    yield from _block(BlockKind.LIST, attached, here)
    for attachment in attachments:
        yield from attachment.blocks(here)


class _Attachment:
    """A file or a message in a message; read if it has a known format."""

    def __init__(self, within: File | Forwarded) -> None:
        self._name = within.name
        self.number = ""  # behind "forwarded message", where there are several
        self._within = within
        self._read: tuple[Block, ...] = ()
        self._reason = ""
        self._message = within.blocks if isinstance(within, Forwarded) else None

    @property
    def is_nameless_message(self) -> bool:
        """Whether it is a message without a file name."""
        return self._message is not None and not self._name

    @property
    def described(self) -> str:
        """The file name, and why it was not read if its format is known; "" without a name."""
        return self._name + self._reason if self._name else ""

    def read(self, unread: UnreadParts) -> None:
        """Keep the attachment's blocks or its message, or the reason why there are none."""
        if isinstance(self._within, Forwarded):
            return
        kind, data = self._within.media_type, self._within.data
        if kind in _SIGNATURES:
            return
        if self._within.error is not None:
            self._leave_out(self._name or "a file", self._within.error, unread)
            return
        name = self._name or f"part{_UNNAMED_ENDINGS.get(kind, guess_extension(kind)) or _UNKNOWN}"
        found = format_of(name)
        if kind in _ENCRYPTED:
            error = DocumentUnreadable(ReasonCode.PASSWORD, "an encrypted message")
            self._leave_out(self._name or "the text", error, unread)
            return
        if not is_read_within(name):
            unread.add_missing_reader(name)
            return
        try:
            if found is Format.MESSAGE and recognised(data, found) is Format.MESSAGE:
                self._message = partial(message_blocks, parsed(data))
                return
            document = document_within(data, name)
        except DocumentUnreadable as error:
            self._leave_out(name, error, unread)
        else:
            unread.add_incomplete(name, document, len(data))
            self._read = document.blocks

    def _leave_out(self, name: str, error: DocumentUnreadable, unread: UnreadParts) -> None:
        unread.add_failure(name, error)
        self._reason = f" (not read: {error})"

    def leave(self, unread: UnreadParts) -> None:
        """Leave an attachment unread, and say so."""
        self._message = None
        told = f"the message has more than {_MOST_ATTACHMENTS} attachments"
        unread.add_excess(self._name or "attachment", told)
        self._reason = f" (not read: {told})"

    def blocks(self, where: Place) -> Iterator[Block]:
        """The blocks, each row with its place in the message and in the file."""
        message = self._name or f"forwarded message{self.number}"
        if self._message is not None and where.depth == _DEEPEST:
            where.unread.add_excess(message, f"it stands in more than {_DEEPEST} other messages")
        elif self._message is not None:
            name = f"{where.name}, {message}"
            inner = Place(name, where.unread, where.headings, where.depth + 1)
            yield from self._message(inner)
        headings = (*where.headings, self._name) if self._name else where.headings
        name = f"{where.name}, {self._name or 'attachment'}"
        for block in self._read:
            yield placed(block, headings, partial(_within, name))


def _held(part: Part) -> Iterator[File | Forwarded]:
    """The file or the message that a part holds."""
    if is_message(part) or is_beginning(part):
        yield _forwarded(part)
    elif not is_elsewhere(part):
        yield _file(part)
    if is_elsewhere(part):
        yield file_elsewhere(part)


def _file(part: Part) -> File:
    data = part.get_payload(decode=True)
    content = data if isinstance(data, bytes) else b""
    return File(file_name(part), content, part.get_content_type())


def _forwarded(part: Part) -> Forwarded:
    return Forwarded(file_name(part), partial(message_blocks, _inner(part)))


def _inner(part: Part) -> Part:
    """The message in a part; mail programs encode one now and then, against RFC 2046, 5.2.1."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if inner is None or isinstance(inner, str):
        data = part.get_payload(decode=True)
        return parsed(data if isinstance(data, bytes) else b"")
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if inner.keys() or encoding not in ("base64", "quoted-printable"):
        return inner
    inner["Content-Transfer-Encoding"] = encoding
    data = inner.get_payload(decode=True)
    return parsed(data) if isinstance(data, bytes) else inner


def _within(name: str, place: str) -> str:
    """A place in a file; a message is itself the place of its text.

    >>> _within("message 3, report.pdf", "p.1"), _within("message, a.msg", "message, b.txt line 2")
    ('message 3, report.pdf p.1', 'message, a.msg, b.txt line 2')
    """
    if place == "message":
        return name
    is_message = place.startswith("message, ")
    return f"{name}, {place.removeprefix('message, ')}" if is_message else f"{name} {place}"


def _block(kind: BlockKind, rows: list[str], where: Place) -> Iterator[Block]:
    text = "\n".join(rows).replace("\0", "").encode("utf-8", "replace").decode()
    if text.strip():
        count = text.count("\n") + 1
        yield Block(kind, text, [1] * count, headings=where.headings, places=[where.name] * count)

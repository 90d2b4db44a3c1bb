"""E-mail to blocks: a message (RFC 5322) or a mailbox of messages (RFC 4155)."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from mimetypes import guess_extension
from typing import Final, NamedTuple

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.formats import Format, format_of
from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.html import read_html
from semsearch.documents.readers.plain_text import paragraphs
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
_MOST_ATTACHMENTS: Final = 20  # attachments read per message
_DEEPEST: Final = 10  # messages within messages, and parts within parts
_BODIES: Final = ("text/plain", "text/html")
_START: Final = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_QUOTED_START: Final = re.compile(rb"^>(>*From )", re.MULTILINE)


def read_message(data: bytes) -> Document:
    """Read headers, text and attachments: their names, and their text where it can be read.

    A message that was forwarded as an attachment is read like the message around it.
    """
    return Document(tuple(_blocks(_parsed(data), _Place("message"))), has_lines=False)


def read_mailbox(data: bytes) -> Document:
    """Read the messages of a mailbox, one after another."""
    blocks: list[Block] = []
    starts = [*_START.finditer(data)]
    if not starts:
        raise DocumentUnreadable(
            ReasonCode.WRONG_TYPE, "it is no mailbox: no line begins a message"
        )
    ends = [match.start() for match in starts[1:]] + [len(data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        message = _QUOTED_START.sub(rb"\1", data[start.end() : end])
        blocks += _blocks(_parsed(message), _Place(f"message {number}"))
    return Document(tuple(blocks), has_lines=False)


class _Place(NamedTuple):
    """Where a message stands: in words, under which headings, and within how many messages."""

    name: str
    headings: tuple[str, ...] = ()
    depth: int = 0


def _parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    assert isinstance(message, EmailMessage)  # the class that was asked for
    return message


def _blocks(message: EmailMessage, where: _Place) -> Iterator[Block]:
    subject = " ".join(str(message.get("Subject", "")).split())
    here = where._replace(headings=(*where.headings, subject) if subject else where.headings)
    head = [
        f"{name}: {' '.join(str(value).split())}"
        for name in _SHOWN
        if (value := message.get(name)) is not None
    ]
    yield from _block(BlockKind.HEADING if subject else BlockKind.LIST, head, here)
    parts = list(_parts(message, 0))
    for part in parts:
        if _is_body(part):
            for kind, rows in _body(part):
                yield from _block(kind, rows, here)
    attachments = [_Attachment(part) for part in parts if not _is_body(part)]
    for attachment in attachments[:_MOST_ATTACHMENTS]:
        attachment.read()
    attached = [f"Attached: {one.described}" for one in attachments if one.is_named]
    yield from _block(BlockKind.LIST, attached, here)
    for attachment in attachments:
        yield from attachment.blocks(here)


def _parts(part: EmailMessage, depth: int) -> Iterator[EmailMessage]:
    """The texts and attachments of a message; of alternatives one, of a forwarded message itself.

    Parts that belong to an attached message are that message's.
    """
    kind = part.get_content_type()
    if not part.is_multipart() or kind.startswith("message/") or depth > _DEEPEST:
        yield part
        return
    inner = [one for one in part.iter_parts() if isinstance(one, EmailMessage)]
    if kind == "multipart/alternative" and inner:
        # The plain text, else the page: both say the same.
        plain = (one for one in inner if one.get_content_type() == "text/plain")
        inner = [next(plain, inner[-1])]
    for one in inner:
        yield from _parts(one, depth + 1)


def _is_body(part: EmailMessage) -> bool:
    is_text = part.get_content_type() in _BODIES
    return is_text and not part.get_filename() and not part.is_attachment()


class _Attachment:
    """A file or a message in a message; read if it has a known format."""

    def __init__(self, part: EmailMessage) -> None:
        self._part = part
        self._name = " ".join(str(part.get_filename() or "").split())
        self._read: tuple[Block, ...] = ()
        self._reason = ""
        self._message: EmailMessage | None = None

    @property
    def is_named(self) -> bool:
        """Whether there is a file name to show."""
        return bool(self._name)

    def read(self) -> None:
        """Keep the attachment's blocks or its message, or the reason why there are none."""
        if self._part.get_content_type() == "message/rfc822":
            self._message = _forwarded(self._part)
            return
        data = self._part.get_payload(decode=True)
        if not isinstance(data, bytes):
            return
        name = self._name or f"part{guess_extension(self._part.get_content_type()) or '.unknown'}"
        found = format_of(name)
        if found is Format.MESSAGE:
            self._message = _parsed(data)
        elif found not in (None, Format.MAILBOX):
            try:
                self._read = document_of(data, name).blocks
            except DocumentUnreadable as error:
                self._reason = f" (not read: {error})"

    @property
    def described(self) -> str:
        """The file name, and why it was not read if its format is known."""
        return self._name + self._reason

    def blocks(self, where: _Place) -> Iterator[Block]:
        """The blocks, each row with its place in the message and in the file."""
        if self._message is not None and where.depth < _DEEPEST:
            name = f"{where.name}, {self._name or 'forwarded message'}"
            yield from _blocks(self._message, _Place(name, where.headings, where.depth + 1))
        headings = (*where.headings, self._name) if self._name else where.headings
        name = f"{where.name}, {self._name or 'attachment'}"
        for block in self._read:
            within = block.places or [
                f"p.{block.page}" if block.page else f"line {line}" for line in block.lines
            ]
            yield block._replace(
                lines=[1] * len(block.lines),
                last_lines=None,
                page=None,
                headings=(*headings, *block.headings),
                places=[f"{name} {place}" for place in within],
            )


def _forwarded(part: EmailMessage) -> EmailMessage | None:
    """The message in a part; mail programs encode one now and then, against RFC 2046, 5.2.1."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, EmailMessage):
        return None
    if inner.keys() or str(part.get("Content-Transfer-Encoding", "")).lower() != "base64":
        return inner
    inner["Content-Transfer-Encoding"] = "base64"
    data = inner.get_payload(decode=True)
    return _parsed(data) if isinstance(data, bytes) else inner


def _body(part: EmailMessage) -> Iterator[tuple[BlockKind, list[str]]]:
    try:
        content = part.get_content()
    except LookupError:  # an encoding that Python does not know
        data = part.get_payload(decode=True)
        content = decoded(data).text if isinstance(data, bytes) else ""
    if not isinstance(content, str):
        return
    if part.get_content_type() == "text/html":
        for block in read_html(content.encode("utf-8", "replace"), only_text=False).blocks:
            yield block.kind, block.text.split("\n")
        return
    for _, rows in paragraphs(enumerate(content.replace("\r\n", "\n").split("\n"), start=1)):
        yield BlockKind.PARAGRAPH, rows


def _block(kind: BlockKind, rows: list[str], where: _Place) -> Iterator[Block]:
    text = "\n".join(rows).replace("\0", "").encode("utf-8", "replace").decode()
    if text.strip():
        count = text.count("\n") + 1
        yield Block(kind, text, [1] * count, headings=where.headings, places=[where.name] * count)

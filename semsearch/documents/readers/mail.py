"""E-mail to blocks: a message (RFC 5322) or a mailbox of messages (RFC 4155)."""

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.formats import Format, format_of
from semsearch.documents.readers.html import read_html
from semsearch.documents.readers.plain_text import paragraphs
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
_MOST_ATTACHMENTS: Final = 20  # attachments read per message
_NOT_OPENED: Final = (None, Format.MESSAGE, Format.MAILBOX)
_START: Final = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_QUOTED_START: Final = re.compile(rb"^>(>*From )", re.MULTILINE)


def read_message(data: bytes) -> Document:
    """Read headers, text and attachments: their names, and their text where it can be read."""
    return Document(tuple(_blocks(data, "message")), has_lines=False)


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
        blocks += _blocks(message, f"message {number}")
    return Document(tuple(blocks), has_lines=False)


def _blocks(data: bytes, place: str) -> Iterator[Block]:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
    subject = " ".join(str(message.get("Subject", "")).split())
    trail = (subject,) if subject else ()
    head = [
        f"{name}: {' '.join(str(value).split())}"
        for name in _SHOWN
        if (value := message.get(name)) is not None
    ]
    yield from _block(BlockKind.HEADING if subject else BlockKind.LIST, head, trail, place)
    for kind, rows in _body(message):
        yield from _block(kind, rows, trail, place)
    attachments = [_Attachment(part) for part in message.walk() if part.get_filename()]
    for attachment in attachments[:_MOST_ATTACHMENTS]:
        attachment.read()
    attached = [f"Attached: {attachment.described}" for attachment in attachments]
    yield from _block(BlockKind.LIST, attached, trail, place)
    for attachment in attachments:
        yield from attachment.blocks(trail, place)


class _Attachment:
    """A file in a message; read if it has a known format and is no message itself."""

    def __init__(self, part: EmailMessage) -> None:
        self._part = part
        self._name = " ".join(str(part.get_filename()).split())
        self._read: tuple[Block, ...] = ()
        self._reason = ""

    def read(self) -> None:
        """Keep the attachment's blocks, or the reason why there are none."""
        data = self._part.get_payload(decode=True)
        if format_of(self._name) in _NOT_OPENED or not isinstance(data, bytes):
            return
        try:
            self._read = document_of(data, self._name).blocks
        except DocumentUnreadable as error:
            self._reason = f" (not read: {error})"

    @property
    def described(self) -> str:
        """The file name, and why it was not read if its format is known."""
        return self._name + self._reason

    def blocks(self, trail: tuple[str, ...], place: str) -> Iterator[Block]:
        """The blocks, each row with its place in the message and in the file."""
        for block in self._read:
            within = block.places or [
                f"p.{block.page}" if block.page else f"line {line}" for line in block.lines
            ]
            yield block._replace(
                lines=[1] * len(block.lines),
                last_lines=None,
                page=None,
                headings=(*trail, self._name, *block.headings),
                places=[f"{place}, {self._name} {where}" for where in within],
            )


def _body(message: EmailMessage) -> Iterator[tuple[BlockKind, list[str]]]:
    body = message.get_body(("plain", "html"))
    if body is None:
        return
    content = body.get_content()
    if not isinstance(content, str):
        return
    if body.get_content_type() == "text/html":
        for block in read_html(content.encode("utf-8", "replace")).blocks:
            yield block.kind, block.text.split("\n")
        return
    for _, rows in paragraphs(enumerate(content.replace("\r\n", "\n").split("\n"), start=1)):
        yield BlockKind.PARAGRAPH, rows


def _block(kind: BlockKind, rows: list[str], trail: tuple[str, ...], place: str) -> Iterator[Block]:
    text = "\n".join(rows).replace("\0", "").encode("utf-8", "replace").decode()
    if text.strip():
        count = text.count("\n") + 1
        yield Block(kind, text, [1] * count, headings=trail, places=[place] * count)

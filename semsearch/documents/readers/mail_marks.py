"""By what a message and a mailbox are told from other texts, whatever the name of the file."""

import re
from typing import Final

FROM_LINE: Final = re.compile(rb"^From (?=([^\r\n]*))[^\n]*\n", re.MULTILINE)

# A time, or one word: some programs write none behind the address, Thunderbird neither.
_DATED: Final = re.compile(rb"\d\d?:\d\d|^\S*[ \t]*$")
_FIELD: Final = re.compile(rb"(?:>From |[!-9;-~]{1,80}[ \t]*:)")
_OF_MAIL: Final = re.compile(  # a field that each message has, in a header
    rb"(?:(?!\r?\n)[^\n]*\n){0,60}?"
    rb"(?:from|date|received|return-path|message-id|subject|to|x-[\w-]+)[ \t]*:",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(rb"(?:[!-9;-~]{1,80}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_SENDER: Final = re.compile(rb"^(?:from|sender|return-path):", re.IGNORECASE | re.MULTILINE)
_OF_SERVER: Final = re.compile(  # fields that no person types above a text
    rb"^(?:message-id|received|mime-version|delivered-to|content-transfer-encoding):",
    re.IGNORECASE | re.MULTILINE,
)
_DATE: Final = re.compile(rb"^date:", re.IGNORECASE | re.MULTILINE)
MOST_HEADER: Final = 64_000  # bytes


def is_mailbox(data: bytes) -> bool:
    """Whether some content begins as a mailbox does."""
    text = data[:MOST_HEADER].lstrip(b"\r\n")
    found = FROM_LINE.match(text)
    return (
        found is not None and _DATED.search(found[1]) is not None and _has_header(text, found.end())
    )


def is_message(data: bytes, *, is_memo: bool = False) -> bool:
    """Whether some content begins with a header that a mail program has written.

    ``is_memo`` says that a header as a person may type it is enough: a sender and a date.
    """
    header = _HEADER.match(data[:MOST_HEADER])
    if header is None or _SENDER.search(header[0]) is None:
        return False
    is_memo = is_memo and _DATE.search(header[0]) is not None
    return is_memo or _OF_SERVER.search(header[0]) is not None


def begins_message(data: bytes, found: re.Match[bytes]) -> bool:
    """Whether a line "From …" is no line of a text: with a time, before a header."""
    if not _has_header(data, found.end()):
        return False
    before = data[max(0, found.start() - 3) : found.start()].replace(b"\r", b"")
    is_apart = not found.start() or before.endswith(b"\n\n")
    return is_apart or _DATED.search(found[1]) is not None


def _has_header(data: bytes, at: int) -> bool:
    return _FIELD.match(data, at) is not None and _OF_MAIL.match(data, at) is not None

"""Messages parsed (RFC 5322), and their header fields as words (RFC 2047).

The fields are decoded here: programs write them in many ways that the standard forbids, over which
the parser of the standard library loses characters or fails.
"""

import re
from base64 import b64decode
from email import message_from_bytes
from email.message import Message
from quopri import decodestring
from typing import Final, TypeAlias

from semsearch.documents.readers.encoding import text_in, without_surrogates

Part: TypeAlias = "Message[str, str]"

_NO_DIGIT: Final = re.compile("[^A-Za-z0-9+/]")  # of Base64
_ENCODED_WORD: Final = re.compile(r"=\?([\w.:-]+)(?:\*[\w-]*)?\?([bqBQ])\?([^?]*)\?=")


def parsed(data: bytes) -> Part:
    """Return the message that some bytes are; any bytes are one."""
    return message_from_bytes(data)


def header(message: Part, name: str) -> str:
    """Return a field as words on one line; "" where the message has none."""
    named = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return words_of(str(next(named, "")))


def file_name(part: Part) -> str:
    """Return the file name of a part; "" where it has none."""
    try:
        name = part.get_filename()
    except (LookupError, ValueError):  # an encoding that does not exist
        return ""
    return words_of(name or "")


def words_of(field: str) -> str:
    """Return the value of a field, its encoded words decoded, on one line.

    >>> words_of("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= from =?utf-8?B?w4Q=?= =?utf-8?B?cnp0ZQ==?=")
    'Grüße from Ärzte'
    """
    text = text_in(field.encode("utf-8", "surrogateescape"), None)
    pieces: list[str] = []
    charset, coded, end = "", b"", 0
    for word in _ENCODED_WORD.finditer(text):
        between = text[end : word.start()]
        is_next = bool(coded) and not between.strip()
        # A character may be cut between two words of one encoding.
        if not is_next or word[1].lower() != charset:
            pieces += [text_in(coded, charset), "" if is_next else between]
            charset, coded = word[1].lower(), b""
        coded += _bytes_of(word[2], word[3])
        end = word.end()
    pieces += [text_in(coded, charset), text[end:]]
    return " ".join(without_surrogates("".join(pieces)).replace("\0", "").split())


def _bytes_of(encoding: str, letters: str) -> bytes:
    if encoding in "qQ":
        return decodestring(letters.replace("_", " ").encode("utf-8", "replace"), header=True)
    digits = _NO_DIGIT.sub("", letters)
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]  # cut within a group of four
    return b64decode(digits + "=" * (-len(digits) % 4))

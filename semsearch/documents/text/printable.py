"""Document text and file names, which are untrusted, made safe to print."""

import os
import re
from typing import Final

# Control characters except newline and tab, bidirectional overrides, invisible and tag characters,
# line and paragraph separators, lone surrogates: they can move the cursor, forge a line, hide text
# or break the encoder. The two joiners that Persian, Indic scripts and emoji need stay in text.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_IN_PATH: Final = re.compile(f'["\\\\\\n\\t\u200c\u200d]|{_UNSAFE.pattern}')
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\x1b": "\\033"}
_QUOTED: Final = re.compile(r'"(?P<path>(?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}


def printable(text: str) -> str:
    """The text with each character that a terminal would act on replaced by U+FFFD."""
    return _UNSAFE.sub("�", text.replace("\r", ""))


def printable_line(text: str) -> str:
    """The text on one line, safe for a terminal; see ``printable``."""
    return printable(" ".join(text.split("\n")))


def printable_path(path: str) -> str:
    """The path as it is, or in quotes with C escapes where a terminal or a script would stumble.

    >>> print(printable_path("notes/a\\nb.md"))
    "notes/a\\nb.md"
    """
    if not _UNSAFE_IN_PATH.search(path):
        return path
    return f'"{_UNSAFE_IN_PATH.sub(_escaped, path)}"'


def unescaped(what: str) -> str:
    """A path or citation, without the quotes and C escapes that ``printable_path`` gave its path.

    >>> unescaped('"notes/a\\\\nb.md":1-2')
    'notes/a\\nb.md:1-2'
    """
    quoted = _QUOTED.match(what)
    if quoted is None:
        return what
    path = os.fsdecode(_ESCAPE.sub(_byte, os.fsencode(quoted["path"])))
    return path + what[quoted.end() :]


def _byte(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8)]) if code.isdigit() else _LETTERS.get(code, code)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if character in _ESCAPES:
        return _ESCAPES[character]
    try:
        encoded = character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return f"\\u{ord(character):04x}"
    return "".join(f"\\{byte:03o}" for byte in encoded)

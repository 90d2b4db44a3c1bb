"""The tokens of Rich Text Format 1.9.1: groups, control words, and text in its code pages."""

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from semsearch.documents.readers import symbol_font
from semsearch.documents.readers.symbol_font import symbol

_TOKEN: Final = re.compile(
    rb"(?P<open>\{)|(?P<close>\})|\\(?P<word>[A-Za-z]{1,40})(?P<number>-?\d{1,10})?[ ]?"
    rb"|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<symbol>[^A-Za-z'])|(?P<text>[^\\{}\r\n]+)|(?P<skip>[\r\n]+|\\)",
)


class Token(NamedTuple):
    """One token; ``kind`` is a name of the pattern, ``number`` the parameter of a control word."""

    kind: str
    text: bytes
    number: int | None


def tokens(data: bytes) -> Iterator[Token]:
    """Yield the tokens of a document; binary data behind ``\\bin`` is passed over."""
    position = 0
    while match := _TOKEN.match(data, position):
        position = match.end()
        kind = match.lastgroup or ""
        number = None
        if kind == "number":
            kind, number = "word", int(match["number"])
        if kind == "word" and match["word"] == b"bin" and number is not None and number > 0:
            position += number
            continue
        if kind != "skip":
            yield Token(kind, match[kind], number)


# Character sets of fonts (\fcharset) by code page.
_CHARSETS: Final = {
    0: "cp1252", 77: "mac_roman", 78: "shift_jis", 128: "cp932", 129: "cp949", 130: "johab",
    134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437",
    255: "cp850",
}  # fmt: skip
_NAMED_PAGES: Final = {10000: "mac_roman", 10007: "mac_cyrillic", 65001: "utf-8"}
_NAMED: Final = {b"ansi": "cp1252", b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}


def charset_codec(number: int) -> str | None:
    """Return the codec of a font's character set; None for the document's own, and symbols."""
    return _CHARSETS.get(number)


def page_codec(number: int) -> str:
    """Return the codec of a code page; Windows' Western one where Python has none."""
    name = _NAMED_PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def named_codec(word: bytes) -> str | None:
    """Return the codec that a control word of the header stands for."""
    return _NAMED.get(word)


class ByteText:
    """Bytes of one code page, decoded when their run ends: a letter may have two."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._codec = "cp1252"

    def add(self, data: bytes, codec: str) -> str:
        """Add some bytes; returns the text of the run before when the code page is another."""
        before = self.flush() if codec != self._codec else ""
        self._codec = codec
        self._bytes += data
        return before

    def flush(self) -> str:
        """Return the text of the bytes since the last call."""
        if not self._bytes:
            return ""
        if self._codec == symbol_font.NAME:
            text = "".join(symbol(code, self._codec) for code in self._bytes)
        else:
            text = bytes(self._bytes).decode(self._codec, "replace")
        self._bytes.clear()
        return text

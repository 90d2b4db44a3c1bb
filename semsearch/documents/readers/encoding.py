"""Bytes to text: the encoding of a file."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_BOMS: Final = (  # longest first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD: Final = 8192  # bytes inspected to tell text from binary data
_SAMPLE: Final = 200_000  # bytes from which a legacy encoding is guessed
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def is_binary(data: bytes) -> bool:
    """True for bytes that are text in no encoding: NUL bytes, and neither UTF-16 nor UTF-32."""
    head = data[:_HEAD]
    return b"\0" in head and _bom_encoding(head) is None and _bare_utf16(head) is None


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the encoding of its bytes, by Python's name."""

    text: str
    encoding: str


def decoded(data: bytes, declared: str | None = None) -> Decoded:
    """Decode a text; every line ends with ``\\n``, whatever system wrote it.

    ``declared`` is the encoding that the document itself names. Raises ``DocumentUnreadable`` when
    no encoding fits.
    """
    bom, encoding = _bom_encoding(data) or (b"", None)
    for candidate in (encoding, "utf-8", _bare_utf16(data[:_HEAD]), declared):
        if candidate is not None and (text := _try(data[len(bom) :], candidate)) is not None:
            return Decoded(_clean(text), candidate.lower())
    text, encoding = _guessed(data)
    return Decoded(_clean(text), encoding)


def _bom_encoding(data: bytes) -> tuple[bytes, str] | None:
    return next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), None)


def _bare_utf16(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: in Latin text every other byte is NUL."""
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _guessed(data: bytes) -> tuple[str, str]:
    from charset_normalizer import from_bytes  # here: few documents need it

    best = from_bytes(data[:_SAMPLE]).best()
    text = None if best is None else _try(data, best.encoding)
    if best is None or text is None:
        raise DocumentUnreadable(
            ReasonCode.UNKNOWN_ENCODING, "unknown text encoding; save it as UTF-8"
        )
    return text, best.encoding


def _clean(text: str) -> str:
    text = text.replace("\0", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        # Line end of classic Mac OS; in mixed files it is a character of the line, as in editors.
        text = text.replace("\r", " " if "\n" in text else "\n")
    return without_surrogates(text)


def without_surrogates(text: str) -> str:
    """Return text that can be encoded: lone surrogates are replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text

"""Bytes to text: the encoding of a file."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from semsearch.documents.readers.legacy_encoding import legacy_encoding
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
# Python's own encodings, which no other program writes.
_NO_CHARSETS: Final = frozenset(
    "idna mbcs oem palmos punycode raw-unicode-escape undefined unicode-escape".split()
)
# Encodings that are named where a wider one is meant (https://encoding.spec.whatwg.org/#names-and-labels).
_WIDER: Final = {
    "ascii": "",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
# A letter that takes two bytes of UTF-8, read as Windows' western encoding, is a capital with an
# accent and a symbol. That is a sign where no capital stands before it, or a small letter behind:
# not "HÄ“". In other encodings of Latin letters the second byte may be a letter ("OGÓŁEM").
_LINES_OF: Final = "cp1252"
_CAPITALS: Final = "A-Z\u00c0-\u00de"
_WESTERN: Final = "\u00a0-\u017f\u2010-\u2122"
_OF_UNICODE: Final = re.compile(
    f"(?<![{_CAPITALS}])[{_WESTERN}]|[{_WESTERN}](?=[a-z\u00df-\u00ff])"
)
_NOT_WESTERN: Final = re.compile(f"[^\\x00-\\x7f{_WESTERN}]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")

# A file system fills what it could not write with NUL bytes: after a power cut a run of them stands
# in a log, and a log that was emptied while a program wrote to it begins with them.
_NUL_RUN: Final = re.compile(rb"\0{8,}+")
_NULS_WITHIN_LINE: Final = re.compile("(?<=[^\n\0])\0{8,}+(?=[^\r\n\0])")
_MOST_NUL: Final = 0.001  # share of single NUL bytes in a text that was damaged
_LEAST_LEGACY: Final = 32  # bytes of a damaged text whose legacy encoding is told
_CONTROL: Final = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")

# Evidence that bytes are UTF-8 although some of them are not.
_BROKEN: Final = re.compile("[\udc80-\udcff]+")  # invalid bytes, decoded as surrogates
_LONGEST_BROKEN: Final = 8  # bytes of a run that count
_NOT_ASCII: Final = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]")
_LATIN: Final = re.compile("[\u0080-\u00ff]")  # as bytes of another encoding: Ã¤, Â»
_MOST_ALPHABETS: Final = 4  # blocks of 256 characters: ASCII, an alphabet, punctuation
_IS_EAST_ASIAN: Final = re.compile("[\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]")
_MOST_INVALID: Final = 0.01  # share of invalid bytes in a text that fits no encoding
_PROOF: Final = 2  # valid characters that stand against an invalid byte


def is_binary(data: bytes) -> bool:
    """True for bytes that are text in no encoding: NUL bytes, and neither UTF-16 nor UTF-32.

    Runs of NUL bytes in a text are damage to it; the text around them is no binary data.
    """
    head = data[:_HEAD]
    if b"\0" not in head or _bom_encoding(head) is not None or _bare_utf16(head) is not None:
        return False
    rest = _NUL_RUN.sub(b"", data.strip(b"\0"))[:_HEAD]
    return (
        not rest
        or rest.count(0) > _MOST_NUL * len(rest)
        or _CONTROL.search(rest) is not None
        or not (_is_nearly_utf8(rest) or (len(rest) >= _LEAST_LEGACY and legacy_encoding(rest)))
    )


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding of its bytes by Python's name, and how many of them are not valid in it.

    U+FFFD stands in the text for invalid bytes.
    """

    text: str
    encoding: str
    invalid_bytes: int = 0


def decoded(data: bytes, declared: str | None = None) -> Decoded:
    """Decode a text; every line ends with ``\\n``, whatever system wrote it.

    ``declared`` is the encoding that the document itself names; it counts where it is a charset.
    UTF-8 with a few invalid bytes, as in a log that is being written, is still UTF-8. Raises
    ``DocumentUnreadable`` when no encoding fits.
    """
    bom, marked = _bom_encoding(data) or (b"", None)
    bare = None if marked else _bare_utf16(data[:_HEAD])
    candidates = (marked,) if marked else (None if bare else "utf-8", bare, declared)
    for candidate in candidates:
        if candidate is not None and (text := _try(data[len(bom) :], candidate)) is not None:
            return Decoded(_clean(text), candidate.lower())
    broken = marked or bare or ("utf-8" if _is_nearly_utf8(data) else None)
    if broken is not None:
        return _decoded_in_part(data[len(bom) :], broken)
    if (guessed := _guessed(data)) is not None:
        return Decoded(_clean(_with_unicode_lines(data, *guessed)), guessed[1])
    if _has_few_invalid(data):
        return _decoded_in_part(data, "utf-8")
    raise DocumentUnreadable(ReasonCode.UNKNOWN_ENCODING, "unknown text encoding; save it as UTF-8")


def text_in(data: bytes, charset: str | None) -> str:
    """Decode bytes whose encoding a message or a page names beside them, as browsers take the name.

    Without a name, or where it does not fit, the bytes decide. Never fails.
    """
    try:
        name = codecs.lookup(charset).name if charset else ""
    except (ValueError, LookupError):
        name = ""
    for candidate in (_WIDER.get(name, name), name):
        if candidate and (text := _try(data, candidate)) is not None:
            return _clean(text)
    try:
        return decoded(data).text
    except DocumentUnreadable:
        return _clean(data.decode("utf-8", "replace"))


def _decoded_in_part(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    invalid = max(1, sum(map(len, _BROKEN.findall(_escaped(data))))) if encoding == "utf-8" else 1
    return Decoded(_clean(text), encoding, invalid)


def _escaped(data: bytes) -> str:
    """The bytes as UTF-8, with a surrogate for each invalid byte."""
    return data.decode("utf-8", "surrogateescape")


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether the valid characters of several bytes outweigh the invalid bytes.

    Text in a legacy encoding has hardly any valid ones: an accented letter is followed by another
    letter, and Cyrillic or Chinese text has many invalid bytes for each valid character.
    """
    text = _escaped(data)
    invalid = sum(min(len(run), _LONGEST_BROKEN) for run in _BROKEN.findall(text))
    valid = len(_NOT_ASCII.findall(text)) + len(_LATIN.findall(text))
    return valid >= _PROOF * invalid


def _bom_encoding(data: bytes) -> tuple[bytes, str] | None:
    return next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), None)


def _bare_utf16(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte is NUL, or the number of an alphabet."""
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return next((name for name in ("utf-16-le", "utf-16-be") if _is_utf16(head, name)), None)


def _is_utf16(head: bytes, encoding: str) -> bool:
    """Whether bytes are words of one or two alphabets in UTF-16, with spaces or lines."""
    text = _try(head[: len(head) // 2 * 2], encoding)
    if text is None or not ("\n" in text or " " in text):
        return False
    alphabets = {ord(letter) >> 8 for letter in text if not _IS_EAST_ASIAN.match(letter)}
    is_shown = all(letter.isprintable() or letter in "\r\n\t" for letter in text)
    return is_shown and len(alphabets) <= _MOST_ALPHABETS


def _try(data: bytes, encoding: str) -> str | None:
    try:
        is_charset = codecs.lookup(encoding).name not in _NO_CHARSETS
        return data.decode(encoding) if is_charset else None
    except (ValueError, LookupError):  # also for a name with a NUL
        return None


def _has_few_invalid(data: bytes) -> bool:
    invalid = sum(map(len, _BROKEN.findall(_escaped(data))))
    return invalid <= _MOST_INVALID * len(data) and not _CONTROL.search(data)


def _with_unicode_lines(data: bytes, text: str, encoding: str) -> str:
    """The text with lines in UTF-8 read as such: many may have written a log of changes."""
    if encoding != _LINES_OF:
        return text
    lines = data.split(b"\n")
    known = {at: _unicode_line(line) for at, line in enumerate(lines) if not line.isascii()}
    if not any(known.values()):
        return text
    return "\n".join(known.get(at) or line.decode(encoding) for at, line in enumerate(lines))


def _unicode_line(line: bytes) -> str | None:
    """A line that is UTF-8, and hardly another encoding by chance; else None."""
    text = _try(line, "utf-8")
    is_usual = text is not None and not _NOT_WESTERN.search(text) and _OF_UNICODE.search(text)
    return text if is_usual else None


def _guessed(data: bytes) -> tuple[str, str] | None:
    """Text and encoding by the letters that the bytes would be; None where no encoding fits."""
    name = legacy_encoding(data)
    if name is None or (text := _try(data, name)) is None:
        from charset_normalizer import from_bytes  # here: few documents need it

        best = from_bytes(data[:_SAMPLE]).best()
        name = "" if best is None else best.encoding
        text = _try(data, name) if name else None
    return None if text is None else (text, name)


def _clean(text: str) -> str:
    if "\0" in text:
        text = _NULS_WITHIN_LINE.sub(" ", text).replace("\0", "")
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

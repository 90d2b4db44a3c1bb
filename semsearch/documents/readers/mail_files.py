"""Files in a message: attachments, and those that stand coded among the rows of its text."""

import re
from binascii import Error, a2b_base64, a2b_uu
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from semsearch.documents.readers.mail_headers import Part, file_name
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_QUOTED: Final = r"[> \t]{0,20}"
_ARMOUR: Final = re.compile(  # RFC 9580, 6.2
    _QUOTED + r"-----BEGIN PGP (SIGNED MESSAGE|MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)[^-]*-----\s*"
)
_ARMOUR_ROW: Final = re.compile(_QUOTED + r"(?:[A-Za-z-]{1,40}: .*|[A-Za-z0-9+/=]*)\s*")
_ARMOUR_END: Final = re.compile(_QUOTED + r"-----END PGP [A-Z ]+-----\s*")
_OPEN: Final = re.compile("-----BEGIN PGP (?:MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)-----")
_CLOSE: Final = "-----END PGP "
_HASH: Final = re.compile(_QUOTED + r"(?:Hash|Charset): .*")
_LEAST_ARMOUR: Final = 20  # characters of a row that is no word, where the end is missing
_UU_START: Final = re.compile(r"begin [0-7]{3,4} (\S.{0,200})")  # uuencode (POSIX)
_UU_ROW: Final = re.compile(r"[ -`]{0,90}")
_UU_WHOLE_ROW: Final = re.compile(r"M[ -`]{60,62}")  # of 45 bytes; some programs add a sum
_BASE64_START: Final = re.compile(r"begin-base64 [0-7]{3,4} (\S.{0,200})")
_BASE64_ROW: Final = re.compile(r"[A-Za-z0-9+/]{1,90}={0,2}\s*")
_BASE64_END: Final = "===="
_UU_END: Final = "end"
_MARKS: Final = ("-----BEGIN PGP ", "begin ", "begin-base64 ")
_YENC: Final = re.compile(  # yEnc 1.3, which is one of bytes
    rb"^=ybegin ([^\r\n]*\bname=[^\r\n]*)\r?\n(?:=ypart [^\n]*\n)?"
    rb"((?:(?!=y(?:begin|end) )[^\n]*+\n)*+)(=yend [^\r\n]*)?",
    re.MULTILINE,
)
_YENC_NAME: Final = re.compile(rb"\bname=(.*)")
_YENC_BACK: Final = bytes((code - 42) % 256 for code in range(256))
_ENCRYPTED: Final = "encrypted text"
_BROKEN_UP: Final = "message/partial"
_OUTSIDE: Final = "message/external-body"


class File(NamedTuple):
    """A file in a message: its name, "" without one, its content, its media type.

    ``error`` says why it cannot be read, where that is known before.
    """

    name: str
    data: bytes
    media_type: str = "application/octet-stream"
    error: DocumentUnreadable | None = None


def is_elsewhere(part: Part) -> bool:
    """Whether a part stands for what is in other messages, or in no message (RFC 2046, 5.2)."""
    return part.get_content_type() in (_BROKEN_UP, _OUTSIDE)


def is_beginning(part: Part) -> bool:
    """Whether a part is the first of those into which a message was broken up."""
    return part.get_content_type() == _BROKEN_UP and str(part.get_param("number")) == "1"


def file_elsewhere(part: Part) -> File:
    """Return the file that ``is_elsewhere`` holds for, with the reason why it is not read."""
    if part.get_content_type() == _OUTSIDE:
        place = part.get_param("URL") or part.get_param("site") or part.get_param("access-type")
        error = DocumentUnreadable(ReasonCode.CANNOT_OPEN, f"it is not in the message: {place}")
        return File(file_name(part) or str(part.get_param("name") or "a file"), b"", error=error)
    number, total = part.get_param("number"), part.get_param("total")
    told = f"it is part {number} of {total or 'several'}, each sent in a message of its own"
    return File("a message", b"", error=DocumentUnreadable(ReasonCode.DAMAGED, told))


def without_files(text: str) -> tuple[str, list[File]]:
    """Return a text without its files in uuencode and its armour of PGP, and those files.

    Text that PGP has signed stays, without its dashes before dashes; what it has encrypted is a
    file that cannot be read.
    """
    if not any(mark in text for mark in _MARKS):
        return text, []
    rows = text.split("\n")
    kept: list[str] = []
    files: list[File] = []
    is_signed = False
    at = 0
    while at < len(rows):
        row = rows[at]
        end = 0
        if armour := _ARMOUR.fullmatch(row):
            is_signed = armour[1] == "SIGNED MESSAGE"
            end = _end_of_head(rows, at) if is_signed else _end_of_armour(rows, at)
            files += [_encrypted()] if armour[1] == "MESSAGE" else []
        elif (start := _UU_START.fullmatch(row)) and (end := _end_of_uuencode(rows, at)):
            files.append(_file_of(start[1], rows[at + 1 : end], a2b_uu, _UU_END))
        elif (start := _BASE64_START.fullmatch(row)) and (end := _end_of_base64(rows, at)):
            files.append(_file_of(start[1], rows[at + 1 : end], a2b_base64, _BASE64_END))
        if not end:
            kept.append(row[2:] if is_signed and row.startswith("- ") else row)
        at = max(at + 1, end)
    return "\n".join(kept), files


def is_cut(text: str) -> bool:
    """Whether armour of PGP begins in a text and does not end there."""
    return _OPEN.search(text) is not None and _CLOSE not in text


def ends_armour(text: str) -> bool:
    """Whether armour of PGP ends in a text."""
    return _CLOSE in text


def without_yenc(data: bytes) -> tuple[bytes, list[File]]:
    """Return a text without its files in yEnc, and those files."""
    if b"=ybegin " not in data:
        return data, []
    files = [_ydecoded(found) for found in _YENC.finditer(data)]
    return _YENC.sub(b"", data), files


def _encrypted() -> File:
    return File(
        _ENCRYPTED, b"", error=DocumentUnreadable(ReasonCode.PASSWORD, "it is encrypted by PGP")
    )


def _end_of_head(rows: Sequence[str], at: int) -> int:
    """The row behind the fields of a signed text."""
    at += 1
    while at < len(rows) and _HASH.fullmatch(rows[at]):
        at += 1
    return at


def _end_of_armour(rows: Sequence[str], at: int) -> int:
    """The row behind the armour that begins at a row."""
    end = at + 1
    while end < len(rows) and _ARMOUR_ROW.fullmatch(rows[end]):
        end += 1
    if end < len(rows) and _ARMOUR_END.fullmatch(rows[end]):
        return end + 1
    end = at + 1  # the message breaks off
    while end < len(rows) and _ARMOUR_ROW.fullmatch(rows[end]) and not _is_word(rows[end]):
        end += 1
    return end


def _is_word(row: str) -> bool:
    """Whether a row that may be one of armour is rather a word of a text."""
    code = row.strip("> \t")
    return 0 < len(code) < _LEAST_ARMOUR and ": " not in code and not code.startswith("=")


def _end_of_uuencode(rows: Sequence[str], at: int) -> int:
    """The row behind a file that begins at a row; 0 where none begins.

    One that breaks off goes on as long as its rows are whole.
    """
    end = at + 1
    while end < len(rows) and rows[end].rstrip() != _UU_END and _UU_ROW.fullmatch(rows[end]):
        end += 1
    if end < len(rows) and rows[end].rstrip() == _UU_END:
        return end + 1
    end = at + 1
    while end < len(rows) and _UU_WHOLE_ROW.fullmatch(rows[end]):
        end += 1
    return end if end > at + 1 else 0


def _end_of_base64(rows: Sequence[str], at: int) -> int:
    """The row behind a file in Base64 that begins at a row (POSIX); 0 where none begins."""
    end = at + 1
    while end < len(rows) and _BASE64_ROW.fullmatch(rows[end]):
        end += 1
    return end + 1 if end < len(rows) and rows[end].rstrip() == _BASE64_END else 0


def _file_of(named: str, rows: Sequence[str], decode: Callable[[str], bytes], end: str) -> File:
    """The file in some rows, of which ``end`` is the last."""
    name = named.strip()
    if rows[-1].rstrip() != end:
        return _broken_off(name)
    try:
        return File(name, b"".join(map(decode, rows[:-1])))
    except Error as error:
        return File(name, b"", error=DocumentUnreadable(ReasonCode.DAMAGED, f"damaged: {error}"))


def _broken_off(name: str) -> File:
    return File(name, b"", error=DocumentUnreadable(ReasonCode.DAMAGED, "it breaks off"))


def _ydecoded(found: re.Match[bytes]) -> File:
    named = _YENC_NAME.search(found[1])
    name = named[1].decode("utf-8", "replace").strip() if named else ""
    if b" total=" in found[1] and b" total=1 " not in found[1]:
        told = "it is a part of a file that was sent in several messages"
        return File(name, b"", error=DocumentUnreadable(ReasonCode.DAMAGED, told))
    if found[3] is None:
        return _broken_off(name)
    coded = found[2].replace(b"\r", b"").replace(b"\n", b"")
    plain = re.sub(b"=(.)", lambda one: bytes([(one[1][0] - 64) % 256]), coded, flags=re.DOTALL)
    return File(name, plain.translate(_YENC_BACK))

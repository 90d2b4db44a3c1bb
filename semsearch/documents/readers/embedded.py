"""Objects of other programs within an office document (OLE): their words, or why there are none."""

import re
import struct
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.contained import deeper
from semsearch.documents.readers.mathml import mathml_text
from semsearch.documents.readers.odf_styles import OdfStyles
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.readers.zip_package import Package, local
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_ZIP: Final = b"PK"
_MEDIA_TYPE: Final = "mimetype"
_PARTS_OF_ODF: Final = (b"opendocument.formula", b"opendocument.chart")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_READERS: Final = {  # by the stream that a program keeps its document in
    "WordDocument": "doc.read_doc_streams",
    "Workbook": "xls.read_xls_streams",
    "Book": "xls.read_xls_streams",
    "PowerPoint Document": "ppt.read_ppt_streams",
}
_WHOLE: Final = ("Package", "package_stream", "EmbeddedOdf", "CONTENTS")  # streams with a file
_FILE: Final = "\x01Ole10Native"  # with the name of a file (MS-OLEDS, 2.3.6)
_FORMULA: Final = "Equation Native"
_LABEL_AT: Final = 6
_PROGRAM: Final = "\x01CompObj"
_KIND_AT: Final = 28  # what a person knows the object as (MS-OLEDS, 2.3.8)
_ANY_FORMAT: Final = "object.doc"  # a name of which the content says what it is
_UNKNOWN: Final = "an embedded object"
_PICTURE: Final = re.compile("picture|bitmap|image|photo|paint|brush", re.IGNORECASE)  # no words
_NOT_READ: Final = "its format is not read"


def object_rows(data: bytes, unread: UnreadParts, name: str = "") -> list[str]:
    """Return the rows of text of an object, a file of its own; ``unread`` is told of what is not.

    ``name`` is that of its file, "" where it has none.
    """
    if not data.startswith(_OLE) or name:
        return _rows(lambda: _document_of(data, name), name or _UNKNOWN, unread, len(data))
    try:
        streams = OleStreams(data, "object")
    except DocumentUnreadable as error:
        unread.add_failure(_UNKNOWN, error)
        return []
    return object_rows_in(streams, unread)


def stored_rows(digits: str, unread: UnreadParts) -> list[str]:
    """Return the rows of text of an object in hexadecimal digits, as RTF has it (MS-OLEDS, 2.2)."""
    try:
        data = bytes.fromhex("".join(digits.split()))
    except ValueError:
        unread.add_failure(_UNKNOWN, DocumentUnreadable(ReasonCode.DAMAGED, "damaged digits"))
        return []
    start = data.find(_OLE)
    if start < 0:
        unread.add_failure(_UNKNOWN, DocumentUnreadable(ReasonCode.EMBEDDED, _NOT_READ))
        return []
    return object_rows(data[start:], unread)


def object_rows_in(streams: OleStreams, unread: UnreadParts) -> list[str]:
    """Return the rows of text of an object by its streams, as ``object_rows`` does."""
    kind = _kind_of(streams)
    name = f"{_UNKNOWN} ({kind})" if kind else _UNKNOWN
    return _rows(lambda: _document(streams, kind), name, unread, 1)


def _rows(read: Callable[[], Document], name: str, unread: UnreadParts, size: int) -> list[str]:
    try:
        with deeper():
            document = read()
    except DocumentUnreadable as error:
        unread.add_failure(name, error)
        return []
    unread.add_incomplete(name, document, size)
    rows = (row for block in document.blocks for row in block.text.split("\n"))
    return [row for row in rows if any(map(str.isalnum, row))]  # no bullets of a font alone


def _document(streams: OleStreams, kind: str) -> Document:
    for stream, reader in _READERS.items():
        if streams.has(stream):
            module, function = reader.split(".")
            # Here: a document without objects needs no other readers.
            read = getattr(import_module(f"semsearch.documents.readers.{module}"), function)
            return _checked(read, streams)
    if _PICTURE.search(kind):
        return Document((), has_lines=False)
    for stream in _WHOLE:
        if streams.has(stream):
            return _document_of(streams.stream(stream), "")
    if streams.has(_FILE) and not streams.has(_FORMULA):
        return _document_of(*_file(streams.stream(_FILE)))
    raise DocumentUnreadable(ReasonCode.EMBEDDED, _NOT_READ)


def _checked(read: Callable[[OleStreams], Document], streams: OleStreams) -> Document:
    try:
        return read(streams)
    except (DocumentUnreadable, MemoryError):
        raise
    except Exception as error:  # parsers raise any exception on hostile input
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged: {error}") from error


def _document_of(data: bytes, name: str) -> Document:
    from semsearch.documents.readers.reader import (  # here: it imports readers
        document_within,
        is_read_within,
    )

    try:
        if name and not is_read_within(name):
            return _named(name)
        if words := _formula_or_chart(data):
            return _named(words)
        return document_within(data, name or _ANY_FORMAT)
    except DocumentUnreadable as error:
        if not error.code.is_on_purpose:
            raise
        if name:
            return _named(name)
        raise DocumentUnreadable(ReasonCode.EMBEDDED, _NOT_READ) from error


def _formula_or_chart(data: bytes) -> str:
    """The words of an OpenDocument file of a kind that is no file by itself; "" for others."""
    if not data.startswith(_ZIP):
        return ""
    package = Package(data)
    kind = package.bytes_of(_MEDIA_TYPE) if _MEDIA_TYPE in package.names else b""
    if not kind.endswith(_PARTS_OF_ODF):
        return ""
    from semsearch.documents.readers.odf_text import OdfText  # here: it imports this module

    root = package.xml("content.xml")
    if local(root.tag) == "math":
        return mathml_text(root)
    return "\n".join(OdfText(package, OdfStyles([root])).document_rows(root, ""))


def _named(text: str) -> Document:
    """A document of few words, as of the name of a file of a type that is never read."""
    block = Block(BlockKind.PARAGRAPH, text, [1] * (text.count("\n") + 1))
    return Document((block,), has_lines=False)


def _kind_of(streams: OleStreams) -> str:
    """What the object's program calls it; "" where it says nothing."""
    if not streams.has(_PROGRAM):
        return ""
    with suppress(DocumentUnreadable, struct.error):  # it is named without its kind
        data = streams.stream(_PROGRAM)
        (length,) = struct.unpack_from("<I", data, _KIND_AT)
        return (
            data[_KIND_AT + 4 : _KIND_AT + 4 + length]
            .partition(b"\0")[0]
            .decode("cp1252", "replace")
        )
    return ""


def _file(data: bytes) -> tuple[bytes, str]:
    """The file in an object of the kind "Package", and its name."""
    try:
        end = data.index(b"\0", _LABEL_AT)
        name = data[_LABEL_AT:end].decode("cp1252", "replace")
        at = data.index(b"\0", end + 1) + 5
        (length,) = struct.unpack_from("<I", data, at)  # of the path that it was copied from
        at += 4 + length
        (size,) = struct.unpack_from("<I", data, at)
    except (struct.error, ValueError) as error:  # no file, but a format of some program's own
        raise DocumentUnreadable(ReasonCode.EMBEDDED, _NOT_READ) from error
    return data[at + 4 : at + 4 + size], name

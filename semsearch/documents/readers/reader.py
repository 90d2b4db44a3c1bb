"""One file to its document: opened safely, recognised by content, read by its reader."""

import hashlib
import os
import time
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.documents.document import Document
from semsearch.documents.formats import (
    FORMATS,
    Format,
    format_of,
    is_image,
    language_of,
    missing_for,
    why_not_read,
)
from semsearch.documents.readers.compression import unpacked
from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.generated import refuse_generated
from semsearch.documents.readers.sniffer import (
    is_of_other_type,
    is_plain,
    recognised,
    refuse_private_key,
)
from semsearch.documents.readers.text_cleanup import clean_text, cleaned
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.documents.requirements import OFFICE
from semsearch.documents.walk.walker import FileStat
from semsearch.safe_open import open_below

if TYPE_CHECKING:
    from semsearch.documents.readers.archive import ArchiveReader

TOO_MUCH_MEMORY: Final = "reading it takes more memory than a document may"

_LONGEST_REASON: Final = 120
_BEGINNING: Final = 8192  # bytes by which a file with an unknown ending is told to be no text
_COMPRESSED: Final = (Format.COMPRESSED, Format.ZSTANDARD)
_ENDINGS: Final = frozenset(
    suffix for found in _COMPRESSED for suffix in FORMATS[found].suffixes.split()
)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document, with the SHA-256 and the settled stat of the bytes that it was read from."""

    document: Document
    digest: bytes
    stat: FileStat


class NotPlain(Exception):
    """The content of a file is for a parser, whatever its name says."""


def read_document(
    corpus: Path,
    path: str,
    *,
    max_bytes: int,
    languages: str | None = None,
    only_plain: bool = False,
    generated: bool = False,
) -> ReadDocument:
    """Read one file; ``path`` is relative to the corpus.

    With ``languages`` pictures and pages without text are read by OCR; with ``generated`` also
    generated files and the navigation of pages. Raises ``DocumentUnreadable`` with the reason, and
    ``FileNotFoundError`` when the file is gone; with ``only_plain`` raises ``NotPlain`` before
    anything but plain text is parsed.
    """
    with open_document(corpus, path) as file:
        return read_open_document(
            file,
            path,
            max_bytes=max_bytes,
            languages=languages,
            only_plain=only_plain,
            generated=generated,
        )


def open_document(corpus: Path, path: str) -> BufferedReader:
    """Open one file; raises ``DocumentUnreadable``, and ``FileNotFoundError`` when it is gone."""
    try:
        return open_below(corpus, path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _not_opened(error) from error


def _not_opened(error: OSError) -> DocumentUnreadable:
    detail = f"cannot be opened: {error.strerror or error}"
    return DocumentUnreadable(ReasonCode.of_os_error(error), detail)


def read_open_document(
    file: BufferedReader,
    path: str,
    *,
    max_bytes: int,
    languages: str | None = None,
    only_plain: bool = False,
    generated: bool = False,
) -> ReadDocument:
    """Read a file that is open; arguments and errors are those of ``read_document``."""
    read_at = time.time_ns()
    if format_of(path) is Format.OTHER:
        _refuse_other_type(file, path)
    data, read_stat = _stable_bytes(file, max_bytes)
    if only_plain and not is_plain(data, format_of(path) or Format.TEXT):
        raise NotPlain
    digest = hashlib.sha256(data).digest()
    try:
        document = document_of(data, path, languages, generated=generated)
    except DocumentUnreadable as error:
        error.digest = digest
        raise
    return ReadDocument(document, digest, read_stat.settled(read_at))


def _refuse_other_type(file: BufferedReader, path: str) -> None:
    """Raise ``DocumentUnreadable`` for a file of a program, of which only the beginning is read."""
    try:
        file.seek(0)
        beginning = file.read(_BEGINNING)
    except OSError as error:
        raise _not_opened(error) from error
    if is_of_other_type(beginning):
        reason = why_not_read(path)
        refused = DocumentUnreadable(reason.code, reason.detail)
        refused.digest = hashlib.sha256(beginning).digest()
        raise refused


def page_count_of(file: BufferedReader) -> int:
    """Count the pages of an open PDF, also of one whose text cannot be read; at least 1."""
    from semsearch.documents.readers.pdf import page_count  # here: see ``_read``

    return page_count(file)


def _stable_bytes(file: BufferedReader, max_bytes: int) -> tuple[bytes, FileStat]:
    """The bytes of a file that did not change while it was read; tried twice."""
    for _ in range(2):
        try:
            data, before, after = _bytes(file, max_bytes)
        except OSError as error:
            raise _not_opened(error) from error
        if before == after and len(data) == after.size:
            return data, after
    raise DocumentUnreadable(ReasonCode.CHANGING, "it changes while it is read")


def _bytes(file: BufferedReader, max_bytes: int) -> tuple[bytes, FileStat, FileStat]:
    before = FileStat.of(os.fstat(file.fileno()))
    if before.size > max_bytes:
        raise DocumentUnreadable(
            ReasonCode.TOO_LARGE,
            f"its {before.size / 1e6:.1f} MB are above the limit of {max_bytes / 1e6:.1f} MB"
            " (max_file_bytes)",
        )
    file.seek(0)
    data = file.read(max_bytes + 1)
    return data, before, FileStat.of(os.fstat(file.fileno()))


@dataclass(frozen=True, slots=True)
class _Options:
    """How documents are read: languages of OCR, generated text too, and the archive around."""

    languages: str | None
    generated: bool
    archive: "ArchiveReader | None" = None


_USUAL: Final = _Options(languages=None, generated=False)
_around: ContextVar[_Options] = ContextVar("how the document around is read", default=_USUAL)


def document_of(
    data: bytes, path: str, languages: str | None = None, *, generated: bool = False
) -> Document:
    """Return the document of these bytes; raises ``DocumentUnreadable`` with the reason."""
    return _document_of(data, path, _Options(languages, generated))


def document_within(data: bytes, name: str) -> Document:
    """Return the document of a file in the document that is being read, read with its options.

    Readers call it for attachments and embedded objects. Errors are those of ``document_of``.
    """
    return _document_of(data, name, replace(_around.get(), archive=None))


def is_read_within(name: str) -> bool:
    """Whether ``document_within`` reads files of this name: pictures by OCR only."""
    return format_of(name) is not None or (_around.get().languages is not None and is_image(name))


def _document_of(data: bytes, path: str, options: _Options) -> Document:
    token = _around.set(options)
    try:
        return _recognised_document(data, path, options)
    finally:
        _around.reset(token)


def _recognised_document(data: bytes, path: str, options: _Options) -> Document:
    found = format_of(path) or Format.TEXT
    try:
        found = Format.IMAGE if options.languages and is_image(path) else recognised(data, found)
        if reason := missing_for(found):
            raise DocumentUnreadable(reason.code, reason.detail)
        if found in _COMPRESSED:
            return _within(data, path, options)
        if found is Format.ARCHIVE:
            return _archive(data, options)
        return _read(data, found, path, options)
    except DocumentUnreadable:
        raise
    except MemoryError as error:
        raise DocumentUnreadable(ReasonCode.TOO_MUCH_MEMORY, TOO_MUCH_MEMORY) from error
    except ModuleNotFoundError as error:
        raise _not_installed(found, error) from error
    except Exception as error:  # parsers raise any exception on hostile input; the run continues
        raise damage_of(found, error) from error


def _not_installed(found: Format, error: ModuleNotFoundError) -> DocumentUnreadable:
    """What is told of a document that needs a module of an extra in the middle."""
    requirement = OFFICE.get(error.name or "")
    if requirement is None:
        return damage_of(found, error)
    reason = requirement.missing_for(found.value)
    return DocumentUnreadable(reason.code, reason.detail)


def damage_of(found: Format, error: Exception) -> DocumentUnreadable:
    """Return what is told of a document over which a parser failed."""
    words = " ".join(f"{type(error).__name__} {error}".split())[:_LONGEST_REASON]
    return DocumentUnreadable(ReasonCode.DAMAGED, f"damaged {found.value}: {words}")


def _within(data: bytes, path: str, options: _Options) -> Document:
    """The document of a file that is compressed; its lines are those of the file within."""
    content, fault = unpacked(data)
    stem, _, ending = path.rpartition(".")
    is_named = f".{ending.lower()}" in _ENDINGS
    inner = stem if is_named else path
    named = format_of(inner)
    if named is None:
        reason = why_not_read(inner)
        if reason.code.needed is not None:
            raise DocumentUnreadable(reason.code, reason.detail)
        raise DocumentUnreadable(ReasonCode.OTHER_TYPE, "a compressed file of a type not read")
    found = recognised(content, named)
    if found in _COMPRESSED:  # a few bytes may unpack to themselves
        raise DocumentUnreadable(ReasonCode.OTHER_TYPE, "a file that is compressed twice")
    document = _document_of(content, inner, options)
    if fault is None:
        return document
    unread = fault if document.unread is None else fault.and_also(document.unread)
    return replace(document, unread=unread)


def _archive(data: bytes, options: _Options) -> Document:
    """The documents of an archive; those of archives within are read under one budget."""
    from semsearch.documents.readers.archive import ArchiveReader  # here: few folders have archives

    if options.archive is not None:
        return options.archive.document(data)

    def read(content: bytes, name: str) -> Document:
        return _document_of(content, name, replace(options, archive=reader))

    reader = ArchiveReader(read, reads_pictures=options.languages is not None)
    return reader.document(data)


def _read(data: bytes, found: Format, path: str, options: _Options) -> Document:
    row = FORMATS[found]
    assert row.reader is not None  # no content is recognised as such a format
    module, function = row.reader.split(".")
    # Readers are imported at their first document: pypdf takes 0.2 s.
    read = getattr(import_module(f"semsearch.documents.readers.{module}"), function)
    document: Document
    if found is Format.HTML and not options.generated:
        refuse_generated(data.decode("latin-1"), found, path)  # marks are ASCII
    if found is Format.HTML:
        read = partial(read, only_text=not options.generated)
    if row.takes_bytes:
        document = cleaned(read(data, options.languages) if row.reads_ocr else read(data))
        refuse_private_key("\n".join(block.text for block in document.blocks).encode())
        return document
    text = decoded(data)
    body = clean_text(text.text)
    if not options.generated:
        refuse_generated(body, found, path)
    arguments = (language_of(path),) if found is Format.CODE else ()
    document = cleaned(read(body, *arguments))
    return replace(
        document,
        encoding=text.encoding,
        invalid_bytes=text.invalid_bytes,
        is_blank=not document.blocks,
    )

"""One file → its document: opened safely, recognised by its content, read by its reader."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from semsearch.documents.decoding import decoded, is_binary
from semsearch.documents.document import Document
from semsearch.documents.formats import Format, format_of
from semsearch.documents.walk import FileStat
from semsearch.errors import DocumentUnreadable
from semsearch.opening import open_below

READER_VERSION: Final = 1  # raised when a reader gives other blocks for the same bytes

TOO_MUCH_MEMORY: Final = "reading it takes more memory than a document may"

_PDF_MARK: Final = b"%PDF-"
_PDF_MARK_WITHIN: Final = 1024  # PDF 1.7, implementation note 13: readers accept it this far in
# RFC 7468, OpenPGP, OpenSSH and PuTTY: the mark, and behind it a row of the key itself, so that a
# text may speak of the mark.
_PRIVATE_KEY: Final = re.compile(
    rb"(?:-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----|PuTTY-User-Key-File-\d)"
    rb"[\x01-\xff]{0,400}?[A-Za-z0-9+/]{40}"
)
_LONGEST_REASON: Final = 120


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document, with the SHA-256 and the stat of the bytes that it was read from."""

    document: Document
    digest: bytes
    stat: FileStat


def read_document(corpus: Path, path: str, *, max_bytes: int) -> ReadDocument:
    """Read one file; ``path`` is relative to the corpus.

    Raises ``DocumentUnreadable`` with the reason, and ``FileNotFoundError`` when it has gone.
    """
    data, read_stat = _stable_bytes(corpus, path, max_bytes)
    digest = hashlib.sha256(data).digest()
    try:
        document = _document(data, format_of(path) or Format.TEXT)
    except DocumentUnreadable as error:
        error.digest = digest
        raise
    return ReadDocument(document, digest, read_stat)


def _stable_bytes(corpus: Path, path: str, max_bytes: int) -> tuple[bytes, FileStat]:
    """The bytes of a file that nobody wrote to meanwhile; a second try is made."""
    for _ in range(2):
        try:
            data, before, after = _bytes(corpus, path, max_bytes)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = error.strerror or str(error)
            raise DocumentUnreadable(f"cannot be opened: {reason}") from error
        if before == after and len(data) == after.size:
            return data, after
    raise DocumentUnreadable("it changes while it is read")


def _bytes(corpus: Path, path: str, max_bytes: int) -> tuple[bytes, FileStat, FileStat]:
    with open_below(corpus, path) as file:
        before = FileStat.of(os.fstat(file.fileno()))
        if before.size > max_bytes:
            raise DocumentUnreadable(
                f"its {before.size / 1e6:.1f} MB are above the limit of {max_bytes / 1e6:.1f} MB"
                " (max_file_bytes)"
            )
        data = file.read(max_bytes + 1)
        return data, before, FileStat.of(os.fstat(file.fileno()))


def _document(data: bytes, named: Format) -> Document:
    found = _recognised(data, named)
    try:
        return _reader(found)(data)
    except DocumentUnreadable:
        raise
    except MemoryError as error:
        raise DocumentUnreadable(TOO_MUCH_MEMORY) from error
    except Exception as error:  # parsers fail in any way on hostile input; the run goes on
        words = " ".join(f"{type(error).__name__} {error}".split())[:_LONGEST_REASON]
        raise DocumentUnreadable(f"damaged {found.value}: {words}") from error


def _recognised(data: bytes, named: Format) -> Format:
    """What the content is, whatever the name says."""
    # A text may speak of the mark; a file that is named as a PDF may have other bytes before it.
    if data.startswith(_PDF_MARK):
        return Format.PDF
    if named is Format.PDF:
        if _PDF_MARK in data[:_PDF_MARK_WITHIN]:
            return Format.PDF
        raise DocumentUnreadable("damaged PDF: it is empty" if not data else "it is no PDF")
    if is_binary(data):
        raise DocumentUnreadable("binary file, not text")
    if _PRIVATE_KEY.search(data.replace(b"\0", b"")):  # UTF-16 becomes readable, too
        raise DocumentUnreadable("it holds a private key, which is not read nor sent anywhere")
    return named


def _reader(found: Format) -> Callable[[bytes], Document]:
    # Each reader is imported when there is something for it to read: pypdf takes 0.2 s.
    if found is Format.PDF:
        from semsearch.documents.pdf import read_pdf

        return read_pdf
    if found is Format.HTML:
        from semsearch.documents.html import read_html

        return read_html
    if found is Format.MARKDOWN:
        from semsearch.documents.markdown import read_markdown

        return lambda data: read_markdown(decoded(data))
    from semsearch.documents.text import read_text

    return lambda data: read_text(decoded(data))

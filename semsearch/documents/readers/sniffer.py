"""The format of a file by its content, whatever its name says."""

import io
import re
import zipfile
from typing import Final

from semsearch.documents.formats import FORMATS, Format, missing_for
from semsearch.documents.readers.djvu_file import MARK as _DJVU_MARK
from semsearch.documents.readers.encoding import is_binary
from semsearch.documents.readers.mail_marks import is_mailbox, is_message
from semsearch.documents.readers.postscript_file import MARKS as _POSTSCRIPT_MARKS
from semsearch.documents.readers.postscript_file import is_postscript, is_resource
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_PDF_MARK: Final = b"%PDF-"
_PDF_MARK_WITHIN: Final = 1024  # bytes; PDF 1.7, implementation note 13
_ZIP_MARK: Final = b"PK\x03\x04"
_RTF_MARK: Final = b"{\\rtf"
_OLE_MARK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007, or encrypted
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO, 2.3.4.4: its stream
_OUTLOOK: Final = "__properties_version1.0".encode("utf-16-le")  # MS-OXMSG, 2.4: its stream
_TNEF_MARK: Final = b"\x78\x9f\x3e\x22"  # MS-OXTNEF, 2.1.3.1
_PACKED: Final = {
    b"\x1f\x8b\x08": Format.COMPRESSED,  # gzip, RFC 1952
    b"\xfd7zXZ\x00": Format.COMPRESSED,  # xz
    b"]\x00\x00": Format.COMPRESSED,  # lzma, as its tools write it
    b"BZh": Format.COMPRESSED,  # bzip2, with a digit and the mark of a block
    b"\x28\xb5\x2f\xfd": Format.ZSTANDARD,  # RFC 8878
}
_BZIP2: Final = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_MARKS: Final = (
    _PDF_MARK, _ZIP_MARK, _RTF_MARK, _OLE_MARK, _TNEF_MARK, *_PACKED, _DJVU_MARK, *_POSTSCRIPT_MARKS
)  # fmt: skip
_BEGINNING: Final = 1000  # bytes in which the kind of a text shows
_HEAD: Final = 16_384  # bytes before which a manual page has begun, behind its comments and macros
_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+"
    rb"(?:<!doctype html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_XML: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+<\?xml[\s?]")
_XML_DOCUMENT: Final = re.compile(
    rb"<(?:\w+:)?(?:TEI|FictionBook)[\s>]|DocBook|/JATS|docbook\.org/ns"
)
_FLAT_ODF: Final = re.compile(rb"<office:document[\s>]")
_CARDS: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+BEGIN:(?:VCALENDAR|VCARD)\b", re.IGNORECASE)
_MAN: Final = re.compile(  # behind comments, definitions and requests, the macro that begins a page
    rb"(?:['.][ \t]*(?:de1?|am|ig)\b[^\n]*\n(?:[^\n]*\n)*?\.\.[^\n]*\n|"
    rb"['.][ \t]*(?:\\[\"#}][^\n]*|[a-z]{2,3}\b[^\n]*)?\n|\\\"[^\n]*\n|\s*\n)*+"
    rb"[.'][ \t]*(?:(?:TH|Dd|Dt)[ \t]|so [^\n]+\n?\Z)"
)
_PATCH: Final = re.compile(rb"From [0-9a-f]{4,64} Mon Sep 17 00:00:00 2001\r?\n")  # of git
_BY_NAME: Final = frozenset({Format.TEXT, Format.OTHER, Format.MAN, Format.OUTLOOK})
_MESSAGE: Final = re.compile(rb"(?:[A-Z][\w-]*+:[^\n]*+\n)*?MIME-Version:", re.IGNORECASE)
_STREAMS: Final = {  # of a file, by the format that they tell
    "WordDocument": Format.OLD_WORD,
    "PowerPoint Document": Format.OLD_SLIDES,
    "Workbook": Format.OLD_SHEETS,
    "Book": Format.OLD_SHEETS,
}
_CELLS: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+[^\n]*?[\t;,]")  # of the first row
_RELATIONS: Final = "_rels/.rels"
_PACKAGES: Final = {  # member that identifies a package of this type
    "word/document.xml": Format.DOCX,
    "ppt/presentation.xml": Format.PPTX,
    "xl/workbook.bin": Format.OLD_SHEETS,
    "xl/workbook.xml": Format.SHEETS,
    "META-INF/container.xml": Format.EPUB,
}
_MAIN_TYPES: Final = {  # words in the media type of the part that a package is about
    "ms-excel.sheet.binary": Format.OLD_SHEETS,
    "wordprocessingml": Format.DOCX,
    "ms-word": Format.DOCX,
    "presentationml": Format.PPTX,
    "ms-powerpoint": Format.PPTX,
    "spreadsheetml": Format.SHEETS,
    "ms-excel": Format.SHEETS,
}
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument."
_MIMETYPES: Final = {  # first member of an OpenDocument or EPUB file: its media type
    **{
        _OPEN_DOCUMENT + kind + template: found
        for kind, found in (
            (b"text", Format.ODF),
            (b"presentation", Format.ODF),
            (b"graphics", Format.ODF),
            (b"spreadsheet", Format.SHEETS),
        )
        for template in (b"", b"-template")
    },
    _OPEN_DOCUMENT + b"text-master": Format.ODF,
    b"application/epub+zip": Format.EPUB,
}
# RFC 7468, OpenPGP, OpenSSH and PuTTY: the mark, and behind it a row of the key itself, so that a
# text may speak of the mark.
_KEY_MARKS: Final = (b"PRIVATE KEY", b"PuTTY-User-Key-File-")  # searched first, because it is fast
_PGP: Final = re.compile(rb"\s*-----BEGIN PGP MESSAGE-----\s")  # RFC 9580, 6.2
_PRIVATE_KEY: Final = re.compile(
    rb"(?:-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----|PuTTY-User-Key-File-\d)"
    rb"[\x01-\xff]{0,400}?[A-Za-z0-9+/]{40}"
)


def is_plain(data: bytes, named: Format) -> bool:
    """Whether some content whose name stands for ``named`` is text, and its reader a plain one.

    Nothing is parsed to tell. Content that is refused counts as plain: no reader gets it.
    """
    if not FORMATS[named].is_plain or data.startswith(_MARKS) or is_tar(data):
        return False
    return named not in _BY_NAME or FORMATS[_of_text(data, named)].is_plain


def recognised(data: bytes, named: Format) -> Format:
    """Return the format of some content, whose name stands for ``named``.

    Raises ``DocumentUnreadable`` for content that no reader takes, and for a text with a private
    key.
    """
    if named is not Format.OTHER:
        return _recognised(data, named)
    try:
        return _recognised(data, named)
    except DocumentUnreadable as error:
        if error.code is ReasonCode.PRIVATE_KEY:
            raise
        raise DocumentUnreadable(ReasonCode.OTHER_TYPE, str(error)) from error


def is_of_other_type(beginning: bytes) -> bool:
    """Whether a file that begins so, with an unknown ending, is no text and no document."""
    return is_binary(beginning) and not beginning.startswith(_MARKS)


def _recognised(data: bytes, named: Format) -> Format:
    # A text may mention the mark; in a .pdf file other bytes may precede it.
    if data.startswith(_PDF_MARK):
        return Format.PDF
    if named is Format.PDF and _PDF_MARK in data[:_PDF_MARK_WITHIN]:
        return Format.PDF
    if (printed := _printed(data, named)) is not None:
        return printed
    if named is Format.PDF and not data.startswith(_MARKS):
        if not data:
            raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged PDF: it is empty")
        if _PAGE.match(data[:_BEGINNING]):
            return Format.HTML
        raise DocumentUnreadable(ReasonCode.WRONG_TYPE, "it is no PDF")
    if data.startswith(_ZIP_MARK):
        return _package(data, named)
    if data.startswith(_RTF_MARK):
        return Format.RTF
    if data.startswith(_OLE_MARK):
        return _before_2007(data, named)
    if data.startswith(_TNEF_MARK):
        return Format.TNEF
    packed = next((found for mark, found in _PACKED.items() if data.startswith(mark)), None)
    if packed is not None and (data[:3] != b"BZh" or _BZIP2.match(data)):
        return packed
    if is_tar(data) or named is Format.ARCHIVE:
        return _archive(data, named)
    if data and (FORMATS[named].is_container or named is Format.OLD_OFFICE):
        return _text_named_otherwise(data, named)
    if is_binary(data):
        raise DocumentUnreadable(ReasonCode.BINARY, "binary file, not text")
    refuse_private_key(data)
    if _PGP.match(data):
        raise DocumentUnreadable(ReasonCode.PASSWORD, "it is encrypted by PGP")
    if named in _BY_NAME:
        return _of_text(data, named)
    if named is Format.XML and _PAGE.match(data[:_BEGINNING]):
        return Format.HTML
    if named is Format.XML and _FLAT_ODF.search(data[:_BEGINNING]):
        return Format.FLAT_ODF
    return Format.TEXT if named is Format.OLD_OFFICE else named


def _printed(data: bytes, named: Format) -> Format | None:
    """``DJVU`` or ``POSTSCRIPT``, pages as a printer has them; else None."""
    if data.startswith(_DJVU_MARK):
        return Format.DJVU
    if not is_postscript(data, is_named=named is Format.POSTSCRIPT):
        return None
    if is_resource(data):
        detail = "a font or another part of programs for printers, not a document"
        raise DocumentUnreadable(ReasonCode.OTHER_TYPE, detail)
    return Format.POSTSCRIPT


def is_tar(data: bytes) -> bool:
    """Whether some content is an archive made by tar (POSIX.1, ustar; GNU)."""
    return data[257:262] == b"ustar"


def _of_text(data: bytes, named: Format) -> Format:
    """The format of a text whose name says little."""
    beginning = data[:_BEGINNING]
    if _PAGE.match(beginning):
        return Format.HTML
    if is_mailbox(data):
        return Format.DIFF if _PATCH.match(data) else Format.MAILBOX
    if is_message(data, is_memo=named is Format.OTHER):
        return Format.MESSAGE
    if _CARDS.match(beginning):
        return Format.CARDS
    if _XML.match(beginning) and _FLAT_ODF.search(beginning):
        return Format.FLAT_ODF
    if _XML.match(beginning) and _XML_DOCUMENT.search(beginning):
        return Format.XML
    if named in (Format.OTHER, Format.MAN) and _MAN.match(data[:_HEAD]):
        return Format.MAN
    return Format.TEXT


def _text_named_otherwise(data: bytes, named: Format) -> Format:
    """The format of a text under the name of an Office file, as programs export it."""
    beginning = data[:_BEGINNING]
    if _PAGE.match(beginning):
        return Format.HTML
    if _MESSAGE.match(beginning):
        return Format.MESSAGE  # a page saved with its pictures
    if not is_binary(data) and not beginning.lstrip().startswith(b"<"):
        refuse_private_key(data)
        if named is Format.OLD_OFFICE:
            return Format.TEXT
        if named is Format.SHEETS and _CELLS.match(beginning):
            return Format.SEPARATED
    if named is Format.OLD_OFFICE:
        raise DocumentUnreadable(ReasonCode.OTHER_TYPE, "it is no document that semsearch reads")
    raise DocumentUnreadable(ReasonCode.WRONG_TYPE, f"it is no {named.value}")


def refuse_private_key(data: bytes) -> None:
    """Raise ``DocumentUnreadable`` for a text with a private key in it."""
    data = data.replace(b"\0", b"")  # makes UTF-16 readable, too
    if any(mark in data for mark in _KEY_MARKS) and _PRIVATE_KEY.search(data):
        raise DocumentUnreadable(
            ReasonCode.PRIVATE_KEY, "it holds a private key, which is not read nor sent anywhere"
        )


def _archive(data: bytes, named: Format) -> Format:
    """``ARCHIVE``, unless the name promises a document."""
    if named not in (Format.ARCHIVE, Format.OTHER, Format.TEXT):
        raise DocumentUnreadable(ReasonCode.ARCHIVE, "an archive, not a document")
    if not data:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged archive: it is empty")
    return Format.ARCHIVE


def _package(data: bytes, named: Format) -> Format:
    # Here: parsers, for a process of their own.
    from semsearch.documents.readers.ooxml import OfficePackage
    from semsearch.documents.readers.zip_package import NOT_UNPACKED

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            if "mimetype" in names:
                with package.open("mimetype") as member:
                    found = _MIMETYPES.get(member.read(200).strip())
                    if found is not None:
                        return found
    except RuntimeError as error:  # an encrypted member, or an unsupported method
        is_method = isinstance(error, NotImplementedError)
        code = ReasonCode.DAMAGED if is_method else ReasonCode.PASSWORD
        raise DocumentUnreadable(code, f"damaged file: {error}") from error
    except NOT_UNPACKED as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error
    main_type = OfficePackage(data).main_type() if _RELATIONS in names else ""
    for words, found in _MAIN_TYPES.items():
        if words in main_type:
            return found
    for member_name, found in _PACKAGES.items():
        if member_name in names:
            return found
    return _archive(data, named)


def _before_2007(data: bytes, named: Format) -> Format:
    """The format of a file of streams (MS-CFB), as Office wrote them before 2007."""
    if _ENCRYPTED in data:
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")
    if _OUTLOOK in data:
        return Format.OUTLOOK
    found = [kind for name, kind in _STREAMS.items() if name.encode("utf-16-le") in data]
    if missing_for(Format.OLD_WORD) is None:
        from semsearch.documents.readers.ole import stream_names  # here: a parser, for a process

        names = stream_names(data)  # a document may have others in it, in folders of their own
        if names:  # else it is damaged, as its reader will say
            found = [kind for name, kind in _STREAMS.items() if name.casefold() in names]
    if found:
        return found[0]
    if named is Format.SHEETS:
        return Format.OLD_SHEETS
    # Under the name of an old Office it is of a type that is not read; else it is a surprise.
    if named is Format.OLD_OFFICE:
        raise DocumentUnreadable(ReasonCode.OTHER_TYPE, "it is no document that semsearch reads")
    raise DocumentUnreadable(ReasonCode.WRONG_TYPE, f"it is no {named.value}")

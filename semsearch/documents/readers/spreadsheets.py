"""Spreadsheets (XLSX, ODS) to blocks, sheet by sheet, as their cells show them."""

from collections.abc import Iterable, Sequence
from typing import Final

from semsearch.documents.document import Document
from semsearch.documents.readers.odf import refuse_encrypted
from semsearch.documents.readers.ods import OpenDocumentBook
from semsearch.documents.readers.ooxml import OfficePackage
from semsearch.documents.readers.sheet import Sheet, uncalculated
from semsearch.documents.readers.xlsx import Workbook
from semsearch.documents.readers.zip_package import Package
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_OPEN_DOCUMENT: Final = "content.xml"


def read_sheets(data: bytes) -> Document:
    """Read the rows of each sheet with the names of their columns; hidden ones are left out."""
    package = OfficePackage(data)  # refuses packages that unpack to too much
    title = package.title()
    if _OPEN_DOCUMENT in package.names:
        refuse_encrypted(package)
        document = OpenDocumentBook(package)
        return _document(document.sheets(), title, package, document.uncalculated)
    book = Workbook(package)
    return _document(book.sheets(), title, package, book.uncalculated)


def _document(
    sheets: Iterable[tuple[Sheet, str]],
    title: str | None,
    package: Package,
    without_result: Sequence[str],
) -> Document:
    blocks = tuple(block for sheet, page in sheets for block in sheet.blocks(page))
    unread = package.fault
    if unread is not None and not blocks:
        raise DocumentUnreadable(unread.code, unread.detail)
    if without_result:
        words = uncalculated(without_result)
        # The names of sheets are the document's: as an error's, they are made printable.
        reason = DocumentUnreadable(ReasonCode.UNCALCULATED, words).reason
        unread = reason if unread is None else unread.and_also(reason)
    return Document(blocks, has_lines=False, title=title, unread=unread)

"""The second reader of PDFs, PDFium, for pages that the first reads badly; its only door.

It is asked only where its extra is installed. PDFium is a browser's, and is tested against hostile
files; a file that crashes it all the same is read again, by the first reader alone (``pool``).
"""

from contextlib import suppress
from typing import Any, Final

from semsearch.documents.document import USUAL_READER, PageReader
from semsearch.documents.readers.pdf_page_content import PageContent, clean, with_text
from semsearch.documents.readers.pdf_quality import LEAST_QUALITY, are_words, quality
from semsearch.documents.readers.pdf_readers import is_first_alone
from semsearch.documents.requirements import SECOND_PDF_READER, has_module

# How much better a text must be: the two divide words of formulas and tables a bit differently.
_BETTER: Final = 0.1
# PDFium has these marks for a hyphen at the end of a row, and then no end of the row.
_ROW_END: Final = str.maketrans({"\x02": "-\n", "\ufffe": "-\n", "\r": None})


class SecondReader:
    """Reads pages of a document again, if it is installed.

    ``pages`` are those that it has read better, from 1; where it is not installed, those that it
    would have been asked for.
    """

    def __init__(self, data: bytes) -> None:
        self.pages: list[int] = []
        self._data = data
        self._document: Any = None
        self._is_installed = has_module(SECOND_PDF_READER)
        self._is_asked = not is_first_alone()

    @property
    def result(self) -> PageReader | None:
        """The pages, and the reader of their text; None where the first has read all well."""
        name = SECOND_PDF_READER if self._is_installed else USUAL_READER
        return PageReader(name, tuple(self.pages)) if self.pages else None

    def close(self) -> None:
        """Let go of the document, if it was opened."""
        if self._document is not None:
            self._document.close()

    def better(self, number: int, content: PageContent, *, is_damaged: bool = False) -> PageContent:
        """Return the page with the better text of the two; ``is_damaged``: the first has none.

        PDFium reads text that is not shown, too, so that a page with such text stays as it is.
        """
        first = 0.0 if is_damaged or content.is_unreadable else quality(content.text)
        if not self._is_asked or content.has_hidden or first >= LEAST_QUALITY:
            return content
        if not self._is_installed:
            self.pages.append(number)
            return content
        text = self._text(number)
        read = with_text(content, text)
        is_guessed = content.is_unreadable and not are_words(text)  # codes taken for letters
        if not read.text.strip() or is_guessed or quality(text) < first + _BETTER:
            return content
        self.pages.append(number)
        return read

    def _text(self, number: int) -> str:
        # Here: most documents do not need it.
        from pypdfium2 import PdfDocument, PdfiumError

        with suppress(PdfiumError, ValueError):  # it cannot read the file, or this page
            if self._document is None:
                self._document = PdfDocument(self._data)
            page = self._document[number - 1]
            text_page = page.get_textpage()
            try:
                return clean(text_page.get_text_bounded().translate(_ROW_END))
            finally:
                text_page.close()
                page.close()
        return ""

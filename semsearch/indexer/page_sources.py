"""Sources that a documentation tool has copied beside the pages that it made of them.

Sphinx writes ``_sources/guide/install.rst.txt`` beside ``guide/install.html``. Both hold one text,
and the page is the one to read. Of a copy without its page, or beside a page of another tool,
nothing is known, and it is a document.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.safe_open import open_below
from semsearch.store.record.documents import StoredDocument

_COPY: Final = re.compile(r"(?P<root>(?:.*/)?)_sources/(?P<page>.+?)(?:\.[A-Za-z]{2,8})?\.txt")
_PAGE_ENDS: Final = (".html", "/index.html", ".htm")
_BEGINNING: Final = 200_000  # bytes of a page in which Sphinx's marks stand
_MARKS: Final = (b'id="documentation_options"', b"DOCUMENTATION_OPTIONS", b'content="Docutils')


class PageSources:
    """The copied sources among the files of a folder, with their pages."""

    def __init__(self, corpus: Path, found: Iterable[Found | Unlistable]) -> None:
        self._corpus = corpus
        paths = [item.path for item in found if isinstance(item, Found)]
        copies = [match for path in paths if (match := _COPY.fullmatch(path))]
        known = frozenset(paths) if copies else frozenset()
        self._page_of = {
            copy[0]: page for copy in copies if (page := _page_of(copy, known)) is not None
        }

    def must_be_read(self, document: StoredDocument, touched: Collection[str]) -> bool:
        """Whether an untouched copy of a source may have got or lost its page.

        ``touched`` are the paths of all files that are new or seem to have changed.
        """
        page = self._page_of.get(document.path)
        if page is not None:
            return page in touched
        code = document.reason.code if document.reason else None
        return code is ReasonCode.GENERATED and _COPY.fullmatch(document.path) is not None

    def why_left_out(self, path: str) -> Reason | None:
        """Return the reason if a file is the copied source of a page; else None."""
        page = self._page_of.get(path)
        if page is None or not self._is_made_by_sphinx(page):
            return None
        return Reason(ReasonCode.GENERATED, f"it is the source of {page}, copied by Sphinx")

    def _is_made_by_sphinx(self, page: str) -> bool:
        try:
            with open_below(self._corpus, page) as file:
                beginning = file.read(_BEGINNING)
        except OSError:
            return False
        return any(mark in beginning for mark in _MARKS)


def _page_of(copy: "re.Match[str]", known: Collection[str]) -> str | None:
    stem = f"{copy['root']}{copy['page']}"
    return next((stem + end for end in _PAGE_ENDS if stem + end in known), None)

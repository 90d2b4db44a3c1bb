"""Words of PDFs and pages by programs of Debian, each as a person sees them."""

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final

TAKES: Final = 120  # seconds of another reader
_LYNX: Final = ("lynx", "-dump", "-nolist", "-force_html", "-display_charset=utf-8", "-width=1000")
W3M: Final = ("w3m", "-dump", "-T", "text/html", "-O", "UTF-8", "-cols", "1000")
_TERMINAL_ONLY: Final = re.compile(
    rb"<noscript\b.*?</noscript>|<button\b.*?</button>|<(?:input|img)\b[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_EDGE: Final = 3  # rows at the top and the bottom of a page
_PAGES_OF_HEADER: Final = 3
_DIGITS: Final = re.compile(r"\d+")


def output(*command: str, given: bytes = b"", encoding: str = "utf-8") -> str:
    """What a program prints."""
    ended = subprocess.run(command, check=True, capture_output=True, timeout=TAKES, input=given)
    return ended.stdout.decode(encoding, "replace")


def pdftotext(path: Path) -> str:
    """Words of a PDF, in the order of its rows."""
    return _headed_once(output("pdftotext", "-q", "-enc", "UTF-8", str(path), "-"))


def mutool(path: Path) -> str:
    """Words of a PDF as MuPDF reads them."""
    return _headed_once(output("mutool", "draw", "-q", "-F", "txt", str(path)))


def _headed_once(text: str) -> str:
    """The pages of a text with each header and footer once, and without numbers of pages.

    A row at the edge of three pages that differs in its numbers alone is one; semsearch reads it
    once, as it says nothing new, so that the others would seem to have more words.
    """
    pages = [page.strip().split("\n") for page in text.split("\f")]
    edges = [{*page[:_EDGE], *page[-_EDGE:]} for page in pages]
    counted = Counter(key for edge in edges for key in {_DIGITS.sub("#", row) for row in edge})
    seen: set[str] = set()
    kept: list[str] = []
    for page, edge in zip(pages, edges, strict=True):
        for row in page:
            key = _DIGITS.sub("#", row)
            if row in edge and counted[key] >= _PAGES_OF_HEADER and row.strip():
                if key in seen or key.strip() == "#":
                    continue
                seen.add(key)
            kept.append(row)
    return "\n".join(kept)


def lynx(path: Path) -> str:
    """Words of a page, without the list of its links."""
    return output(*_LYNX, "-stdin", given=_as_in_a_browser(path.read_bytes()))


def w3m(path: Path) -> str:
    """Words of a page as w3m shows it."""
    return output(*W3M, given=_as_in_a_browser(path.read_bytes()))


def _as_in_a_browser(page: bytes) -> bytes:
    """A page without what readers in a terminal show of it alone.

    They run no scripts, so that they show what stands in for these; labels of buttons and values of
    fields are controls, no text; descriptions stand in for pictures.
    """
    return _TERMINAL_ONLY.sub(b"", page)


def page_text(page: str) -> str:
    """The words that lynx shows of a page."""
    return output(*_LYNX, "-assume_charset=utf-8", "-stdin", given=page.encode())

"""Cleanup of PDF text: headers and footers removed, hyphenated words joined."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

_EDGE: Final = 2  # rows at the top and bottom that may be headers or footers
_LEAST_PAGES: Final = 3
_SHARE: Final = 0.6  # share of the pages on which such a row must occur
_DIGITS: Final = re.compile(r"\d+")
_HYPHENS: Final = ("-", "\u00ad", "\u2010")
_BROKEN: Final = re.compile(r"(\w+)([-\u00ad\u2010])$")
_REST: Final = re.compile(r"(\w+)(\W*)(?=\s|$)")
_WORD: Final = re.compile(r"\w+(?:[-\u2010]\w+)*")
HELD_ROW: Final = "\u200b"  # keeps a paragraph together; nothing of it is left in a document
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0xFEFF))  # soft hyphen, zero-width space, mark


def without_furniture(pages: Sequence[str]) -> list[str]:
    """Return the pages without rows that repeat at the edges of most pages, page numbers aside.

    Rows stay on their lines, and a page with nothing else keeps them.
    """
    edges = [_edge_rows(page.split("\n")) for page in pages]
    counted = Counter(key for page in edges for key in set(page.values()))
    least = max(_LEAST_PAGES, _SHARE * sum(bool(page) for page in edges))
    furniture = {key for key, count in counted.items() if count >= least}
    return [_without(page, edge, furniture) for page, edge in zip(pages, edges, strict=True)]


def _edge_rows(rows: Sequence[str]) -> dict[int, tuple[bool, str]]:
    """By row number: whether it is at the top, and its words with numbers made equal."""
    filled = [at for at, row in enumerate(rows) if row.strip()]
    tops, bottoms = filled[:_EDGE], filled[_EDGE:][-_EDGE:]
    return {
        at: (at in tops, " ".join(_DIGITS.sub("#", rows[at]).split())) for at in (*tops, *bottoms)
    }


def _without(page: str, edge: dict[int, tuple[bool, str]], furniture: set[tuple[bool, str]]) -> str:
    rows = ["" if edge.get(at) in furniture else row for at, row in enumerate(page.split("\n"))]
    return "\n".join(rows) if any(row.strip() for row in rows) else page


def mended(pages: Sequence[str]) -> list[str]:
    """Return the pages with words that the end of a line or a page has cut joined on one line.

    The hyphen stays where the document has the word with a hyphen elsewhere. A row whose only word
    went to the next one is ``HELD_ROW``.
    """
    rows = [page.split("\n") for page in pages]
    is_cut = any(row.rstrip().endswith(_HYPHENS) for page in rows for row in page)
    words = _words(pages) if is_cut else set()
    if is_cut:
        for before, after in pairwise(rows):
            _mend_page_end(before, after, words)
    return ["\n".join(map(_visible, _mended_rows(page, words))) for page in rows]


def _mend_page_end(before: list[str], after: list[str], words: set[str]) -> None:
    """Put the rest of a word that the end of a page has cut to its beginning."""
    last = next((at for at in reversed(range(len(before))) if before[at].strip()), None)
    first = next((at for at, row in enumerate(after) if row.strip()), None)
    if last is not None and first is not None:
        before[last], after[first] = _mended_rows([before[last], after[first]], words)


def _visible(row: str) -> str:
    return row if row == HELD_ROW else row.translate(_INVISIBLE)


def _words(pages: Iterable[str]) -> set[str]:
    return {word.lower() for page in pages for word in _WORD.findall(page)}


def _mended_rows(rows: list[str], words: set[str]) -> list[str]:
    for at in range(len(rows) - 1):
        upper = rows[at].rstrip()
        if not upper.endswith(_HYPHENS):
            continue
        broken = _BROKEN.search(upper)
        rest = _REST.match(rows[at + 1].lstrip())
        if broken is None or rest is None or not rest[1][0].islower():
            continue
        lower = rows[at + 1].lstrip()[rest.end() :].lstrip()
        start, hyphen = broken[1], broken[2]
        whole, with_hyphen = f"{start}{rest[1]}".lower(), f"{start}-{rest[1]}".lower()
        keeps = hyphen != "\u00ad" and with_hyphen in words and whole not in words
        joined = start + ("-" if keeps else "") + rest[1] + rest[2]
        before = upper[: broken.start()]
        if lower:
            rows[at : at + 2] = [before + joined, lower]
        else:
            # The rest is a whole row. The word goes there, where its next part may follow, and a
            # row that held nothing else stays one of the paragraph.
            rows[at : at + 2] = [before.rstrip() or HELD_ROW, joined]
    return rows

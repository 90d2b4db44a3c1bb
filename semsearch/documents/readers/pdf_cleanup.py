"""Cleanup of PDF text: headers and footers removed, hyphenated words joined."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from semsearch.documents.readers.page_words import PAGE_WORDS

_EDGE: Final = 2  # rows at the top and bottom that may be headers or footers
_LEAST_PAGES: Final = 3
_SHARE: Final = 0.6  # share of the pages on which such a row must occur
_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_MOST_DIGITS: Final = 18  # of a number that is compared
_COMPARED: Final = 20  # rows of pages before
_HYPHENS: Final = ("-", "\u00ad", "\u2010")
_BROKEN: Final = re.compile(r"(\w+)([-\u00ad\u2010])$")
_REST: Final = re.compile(r"(\w+)(\W*)(?=\s|$)")
_WORD: Final = re.compile(r"\w+(?:[-\u2010]\w+)*")
HELD_ROW: Final = "\u200b"  # keeps a paragraph together; nothing of it is left in a document
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0xFEFF))  # soft hyphen, zero-width space, mark


def without_furniture(pages: Sequence[str]) -> list[str]:
    """Return the pages without rows that repeat at the edges of most pages.

    Such a row stays on the first page that has it, unless it is a number; page numbers in it may
    differ from page to page, other numbers not. Rows stay on their lines, and a page with nothing
    else keeps them.
    """
    edges = [_edge_rows(page.split("\n")) for page in pages]
    counted = Counter(key for page in edges for key in {row.key for row in page.values()})
    least = max(_LEAST_PAGES, _SHARE * sum(bool(page) for page in edges))
    repeated = {key for key, count in counted.items() if count >= least}
    told: dict[tuple[bool, str], list[tuple[int, _EdgeRow]]] = defaultdict(list)
    kept = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        dropped = []
        for at, row in edge.items():
            if row.key in repeated and row.is_told(told[row.key], number):
                dropped.append(at)
            elif row.key in repeated:
                told[row.key].append((number, row))
        kept.append(_without(page, dropped))
    return kept


class _EdgeRow(NamedTuple):
    """A row at an edge of a page: whether at the top, its words with "#" for numbers, and those."""

    is_top: bool
    words: str
    numbers: tuple[str, ...]

    @property
    def key(self) -> tuple[bool, str]:
        """What such rows of other pages have in common."""
        return self.is_top, self.words

    def is_told(self, before: Sequence[tuple[int, "_EdgeRow"]], page: int) -> bool:
        """Whether the row tells no more than one of a page before, or than the page's number."""
        if PAGE_WORDS.issuperset(_LETTERS.findall(self.words.casefold())):
            return True
        return any(self._repeats(row, page - at) for at, row in before[-_COMPARED:])

    def _repeats(self, before: "_EdgeRow", pages: int) -> bool:
        """Whether each number is that of a row so many pages before, or has grown with them."""
        return all(
            one == other or int(one[:_MOST_DIGITS]) == int(other[:_MOST_DIGITS]) + pages
            for one, other in zip(self.numbers, before.numbers, strict=True)
        )


def _edge_rows(rows: Sequence[str]) -> dict[int, _EdgeRow]:
    filled = [at for at, row in enumerate(rows) if row.strip()]
    tops, bottoms = filled[:_EDGE], filled[_EDGE:][-_EDGE:]
    return {
        at: _EdgeRow(
            at in tops,
            " ".join(_DIGITS.sub("#", rows[at]).split()),
            tuple(_DIGITS.findall(rows[at])),
        )
        for at in (*tops, *bottoms)
    }


def _without(page: str, dropped: Collection[int]) -> str:
    rows = ["" if at in dropped else row for at, row in enumerate(page.split("\n"))]
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

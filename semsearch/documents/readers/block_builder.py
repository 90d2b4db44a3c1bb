"""A builder of blocks for formats whose files have no lines of their own."""

from collections.abc import Iterable, Sequence

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.headings import HeadingTrail
from semsearch.documents.reason import Reason


class Flow:
    """Collects paragraphs in reading order, and numbers them as a reader would count them.

    ``part`` names the unit in which numbering restarts ("chapter 2"), ``page`` is the number of the
    slide.
    """

    def __init__(self) -> None:
        self.trail = HeadingTrail()
        self._blocks: list[Block] = []
        self._rows = 0
        self._part = ""
        self._page: int | None = None

    def begin_part(self, name: str, *, page: int | None = None) -> None:
        """Begin another chapter, slide or message."""
        self._part, self._page, self._rows = name, page, 0

    def continue_part(self, name: str) -> None:
        """Name the part anew, as at another printed page; its numbering goes on."""
        self._part = name

    def heading(self, level: int, text: str) -> None:
        """Add a title; it ends the sections of its level and below."""
        if text := _tidy(text):
            self.trail.enter(level, " ".join(text.split()))
            self._add(BlockKind.HEADING, [text])

    def paragraph(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        """Add a paragraph; its text may have several rows."""
        self._add(kind, [text])

    def rows(self, kind: BlockKind, rows: Sequence[str]) -> None:
        """Add a list or table: its items or rows, each numbered as a paragraph."""
        self._add(kind, rows)

    @property
    def number(self) -> int:
        """The number of the last paragraph; 0 before the first."""
        return self._rows

    def attached(self, rows: Sequence[str], kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        """Add what belongs to the paragraph before, under its number: a text box, a chart."""
        kept = "\n".join(filter(None, map(_tidy, rows)))
        if kept:
            self._rows = max(self._rows, 1)
            self._append(kind, kept, self.trail.titles, self._rows, self._place())

    def comments(self, comments: Iterable[tuple[str, str]]) -> None:
        """Add comments, each (the place that it is about, its words), in the order of the text."""
        for number, (place, text) in enumerate(comments, start=1):
            self._beside("Comments", f"comment {number} on {place}", text)

    def page_part(self, kind: str, texts: Iterable[str]) -> None:
        """Add the headers or footers of pages, each text once."""
        kept = list(dict.fromkeys(filter(str.strip, texts)))
        for number, text in enumerate(kept, start=1):
            place = f"{kind} {number}" if len(kept) > 1 else kind
            self._beside(kind.capitalize(), place, text)

    def _beside(self, name: str, place: str, text: str) -> None:
        """Add what stands outside of the text, under a name of its own."""
        if kept := _tidy(text):
            self._append(BlockKind.PARAGRAPH, kept, (name,), 1, place)

    def _append(
        self, kind: BlockKind, text: str, trail: tuple[str, ...], number: int, place: str
    ) -> None:
        count = text.count("\n") + 1
        self._blocks.append(
            Block(kind, text, [number] * count, self._page, trail, places=[place] * count)
        )

    def document(self, title: str | None = None, unread: Reason | None = None) -> Document:
        """Return all blocks as a document; ``title`` and ``unread`` are as in ``Document``."""
        pages = max((block.page or 0 for block in self._blocks), default=0)
        return Document(
            tuple(self._blocks),
            page_count=pages or None,
            has_lines=False,
            title=title,
            unread=unread,
        )

    def _add(self, kind: BlockKind, rows: Sequence[str]) -> None:
        kept: list[str] = []
        places: list[str] = []
        numbers: list[int] = []
        for text in filter(None, map(_tidy, rows)):
            self._rows += 1
            for row in text.split("\n"):
                kept.append(row)
                places.append(self._place())
                numbers.append(self._rows)
        if kept:
            trail = self.trail.titles
            block = Block(kind, "\n".join(kept), numbers, self._page, trail, places=places)
            self._blocks.append(block)

    def _place(self) -> str:
        if self._page is not None:
            return self._part
        return f"{self._part} paragraph {self._rows}".lstrip()


def _tidy(text: str) -> str:
    """The rows that are not blank, without surrounding white space."""
    clean = without_surrogates(text.replace("\0", ""))
    rows = (" ".join(row.split()) for row in clean.split("\n"))
    return "\n".join(row for row in rows if row)

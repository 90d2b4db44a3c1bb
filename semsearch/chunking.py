"""Document → passages; pure and deterministic.

A document falls into sections at its headings, and at the ends of its pages, so that a citation
names one page. A section that fits the budget is one passage; a longer one is cut where it may be
cut best: between blocks rather than inside one, between sentences rather than inside one. Among
equally good places the cut is chosen by the content around it (the largest checksum within the
window that the budget leaves open), not by counting from the start, so that after an insertion the
cuts fall into step again: the passages behind a changed place stay the same, and so do their
digests, and nothing that was embedded before is embedded again.
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from semsearch.context import title_of, with_context
from semsearch.documents.document import Block, BlockKind, Document
from semsearch.embedders.embedder import Embedder
from semsearch.passages import Passage, spanned
from semsearch.sentences import sentence_ends
from semsearch.settings import DEFAULT_CONTEXT, Context, Settings

CHUNKER_VERSION: Final = 1

_BLOCK_SEPARATOR: Final = "\n\n"
_LEAST_OF_PAGE: Final = 40  # characters; a page number is no page
_CONTEXT: Final = 32  # characters on either side of a cut that its checksum covers

# How good a place is for a cut: between blocks, between sentences, between the rows of what is
# better kept whole, inside a sentence.
_BETWEEN_BLOCKS: Final = 3
_BETWEEN_SENTENCES: Final = 2
_BETWEEN_ROWS: Final = 1
_INSIDE: Final = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a passage may be.

    ``characters`` is the most characters of a passage, ``overlap`` the most of them that are
    repeated from the end of the passage before, in whole sentences; ``fits`` says whether the
    embedder takes a text whole. ``context`` is what is embedded with a passage; it is no part of
    ``characters``, and gives way where it does not fit, so that it decides no cut.
    """

    characters: int
    overlap: int
    fits: Callable[[str], bool]
    context: Context = Context.NONE


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place where a section may be cut: before the character at ``offset``."""

    offset: int
    goodness: int


def budget_of(embedder: Embedder, settings: Settings) -> Budget:
    """How large the passages for an embedder may be."""
    return Budget(
        settings.passage_characters,
        settings.overlap_characters,
        lambda text: embedder.count_tokens(text) <= embedder.max_tokens,
        Context(settings.context or DEFAULT_CONTEXT),
    )


def passages_of(document: Document, budget: Budget, path: str = "") -> Iterator[Passage]:
    """Cut a document; every non-blank character of it is in at least one passage, in order.

    ``path`` is where it stands: a document without a title is called by its name.
    """
    title = title_of(document, path)
    for blocks in _sections(document.blocks):
        section = _Section(blocks, budget.fits, has_lines=document.has_lines)
        for passage in section.passages(0, len(section.text), budget.characters, budget.overlap):
            yield with_context(passage, budget.context, title, budget.fits)


def places_of(text: str, document: Document) -> Iterator[Passage]:
    """Each place in a document where the text of a passage stands, as a passage."""
    for blocks in _sections(document.blocks):
        section = _Section(blocks, lambda _: True, has_lines=document.has_lines)
        yield from section.occurrences(text)


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of blocks under the same headings, on the same page.

    A heading without text of its own joins the next run, and so does a page with hardly any text.
    """
    section: list[Block] = []
    characters = 0  # of text, without headings
    for block in blocks:
        is_cut = characters and block.headings != section[-1].headings
        is_page_end = characters >= _LEAST_OF_PAGE and block.page != section[-1].page
        if is_cut or is_page_end:
            yield section
            section, characters = [], 0
        section.append(block)
        characters += 0 if block.kind is BlockKind.HEADING else len(block.text)
    if section:
        yield section


class _Section:
    """The blocks under one heading as one text, with the places where it may be cut."""

    def __init__(
        self, blocks: Sequence[Block], fits: Callable[[str], bool], *, has_lines: bool
    ) -> None:
        self.text = _BLOCK_SEPARATOR.join(block.text for block in blocks)
        self._fits = fits
        self._has_lines = has_lines
        self._headings = blocks[-1].headings
        self._blocks = blocks
        self._row_starts: list[int] = []
        self._rows: list[tuple[int, int, int | None, str | None]] = []  # lines, page, place
        base = 0
        for block in blocks:
            starts = _row_starts(block.text)
            last_lines = block.last_lines or block.lines
            places: Sequence[str | None] = block.places or [None] * len(starts)
            for start, first, last, place in zip(
                starts, block.lines, last_lines, places, strict=True
            ):
                self._row_starts.append(base + start)
                self._rows.append((first, last, block.page, place))
            base += len(block.text) + len(_BLOCK_SEPARATOR)

    def passages(self, start: int, stop: int, characters: int, overlap: int) -> Iterator[Passage]:
        """Cut text[start:stop] into passages of at most ``characters`` that the embedder takes."""
        if start == 0 and stop == len(self.text) <= characters:
            text = self.text.strip("\n").rstrip()
            if text.strip() and self._fits(text):
                yield self._passage(0, stop, text)
                return
        body = characters - overlap
        cuts = self._cuts_between(start, stop, body)
        offsets = [cut.offset for cut in cuts]
        position = start
        while position < stop:
            first = _overlap_start(cuts, offsets, position, overlap)
            if stop - first <= characters:
                end = stop
            else:
                end = self._best_cut(cuts, offsets, position, body)
            text = self.text[first:end].strip("\n").rstrip()
            if not text.strip():
                pass  # nothing but white space, cut out of a very long run of it
            elif self._fits(text) or end - position == 1:
                yield self._passage(first, end, text)
            else:
                half = (end - position + 1) // 2
                yield from self.passages(position, end, half, min(overlap, half // 4))
            position = end

    @cached_property
    def _cuts(self) -> list[_Cut]:
        """Where it may be cut; hardly any section of a text with headings need be."""
        cuts: list[_Cut] = []
        base = 0
        for block in self._blocks:
            cuts += _block_cuts(block, base)
            base += len(block.text) + len(_BLOCK_SEPARATOR)
        return cuts

    def occurrences(self, text: str) -> Iterator[Passage]:
        """Every place where some text stands."""
        start = self.text.find(text)
        while start >= 0:
            yield self._passage(start, start + len(text), text)
            start = self.text.find(text, start + len(text))

    def _cuts_between(self, start: int, stop: int, longest: int) -> list[_Cut]:
        """The cuts in (start, stop], with forced ones where two are further apart than longest."""
        low = bisect_right(self._cuts, start, key=lambda cut: cut.offset)
        high = bisect_left(self._cuts, stop, key=lambda cut: cut.offset)
        natural = [*self._cuts[low:high], _Cut(stop, _BETWEEN_BLOCKS)]
        cuts: list[_Cut] = []
        for before, cut in pairwise([_Cut(start, _INSIDE), *natural]):
            cuts += _forced_cuts(self.text, before.offset, cut.offset, longest)
            cuts.append(cut)
        return cuts

    def _best_cut(
        self, cuts: Sequence[_Cut], offsets: Sequence[int], position: int, body: int
    ) -> int:
        """The best cut of those that leave a passage half full or more, else the last that fits."""
        high = bisect_right(offsets, position + body)
        low = min(bisect_left(offsets, position + max(1, body // 2)), high - 1)
        return max(cuts[low:high], key=self._rank).offset

    def _rank(self, cut: _Cut) -> tuple[int, int]:
        around = self.text[max(0, cut.offset - _CONTEXT) : cut.offset + _CONTEXT]
        return cut.goodness, zlib.crc32(around.encode())

    def _passage(self, start: int, stop: int, text: str) -> Passage:
        start = self.text.index(text, start)
        first_line, _, first_page, first = self._row(start)
        _, last_line, last_page, last = self._row(start + len(text) - 1)
        pages = None
        if first_page is not None and last_page is not None:
            pages = (first_page, last_page)
        return Passage(
            text,
            (first_line, last_line) if self._has_lines and pages is None else None,
            pages,
            self._headings,
            spanned(first, last) if first is not None and last is not None else None,
        )

    def _row(self, offset: int) -> tuple[int, int, int | None, str | None]:
        return self._rows[bisect_right(self._row_starts, offset) - 1]


def _block_cuts(block: Block, base: int) -> Iterator[_Cut]:
    """The natural cuts of a block that starts at ``base``; the last is behind its separator."""
    if block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING):
        ends, goodness = sentence_ends(block.text), _BETWEEN_SENTENCES
    else:
        ends, goodness = iter(_row_starts(block.text)[1:]), _BETWEEN_ROWS
    yield from (_Cut(base + end, goodness) for end in ends if end < len(block.text))
    yield _Cut(base + len(block.text) + len(_BLOCK_SEPARATOR), _BETWEEN_BLOCKS)


def _row_starts(text: str) -> list[int]:
    starts = [0]
    while newline := text.find("\n", starts[-1]) + 1:
        starts.append(newline)
    return starts


def _forced_cuts(text: str, start: int, stop: int, longest: int) -> Iterator[_Cut]:
    """Cut text[start:stop] into at most ``longest`` characters each, behind white space if any."""
    while stop - start > longest:
        limit = start + longest
        space = max(text.rfind(" ", start, limit), text.rfind("\n", start, limit))
        start = space + 1 if space >= start + longest // 2 else limit
        yield _Cut(start, _INSIDE)


def _overlap_start(
    cuts: Sequence[_Cut], offsets: Sequence[int], position: int, overlap: int
) -> int:
    """Where the passage whose own text starts at ``position`` begins: whole sentences before it."""
    low = bisect_left(offsets, position - overlap)
    high = bisect_left(offsets, position)
    return next((cut.offset for cut in cuts[low:high] if cut.goodness > _INSIDE), position)

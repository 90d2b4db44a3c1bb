"""The chunker: cuts a document into passages; pure and deterministic.

A document falls into sections at its headings and at the ends of its pages, so that a citation
names one page. A section that fits the budget is one passage; a longer section is cut between
blocks rather than inside a block, between sentences rather than inside a sentence, and at the end
of a row rather than inside a row. Among
equally good places the cut is chosen by the content around it (the largest checksum within the
window that the budget leaves open), not by counting from the start. After an insertion the cuts
therefore realign: passages behind the changed place keep their text and their digest, and nothing
that was embedded before is embedded again.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, Protocol

from semsearch.documents.context import title_of, with_context
from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.passage import Passage, can_span, spanned
from semsearch.documents.text.sentences import ends_within, numbers_within, sentence_ends
from semsearch.settings.schema import DEFAULT_CONTEXT, Context, Settings

_BLOCK_SEPARATOR: Final = "\n\n"
_LEAST_OF_PAGE: Final = 40  # characters; a page number is no page
_NEWLINE: Final = re.compile("\n")
_CONTEXT: Final = 32  # characters on each side of a chunk boundary in its checksum

_IN_SENTENCES: Final = frozenset({BlockKind.PARAGRAPH, BlockKind.HEADING})


@dataclass(frozen=True, slots=True)
class Budget:
    """The size limits of a passage.

    ``characters`` is the most characters of a passage; ``overlap`` is the most characters that are
    repeated from the end of the passage before, in whole sentences; ``fits`` says whether the
    embedder takes a text whole. ``context`` is embedded with a passage; it does not count as
    ``characters``, and is shortened where it does not fit, so that it never decides a cut.
    """

    characters: int
    overlap: int
    fits: Callable[[str], bool]
    context: Context = Context.NONE


class TokenCounter(Protocol):
    """The part of an embedder that cutting needs."""

    @property
    def max_tokens(self) -> int:
        """The most tokens that the embedder takes of one text."""

    def count_tokens(self, text: str) -> int:
        """Return an upper bound of the tokens of ``text``."""


def budget_of(embedder: TokenCounter, settings: Settings) -> Budget:
    """Return the size limits of passages for an embedder."""
    return Budget(
        settings.passage_characters,
        settings.overlap_characters,
        lambda text: embedder.count_tokens(text) <= embedder.max_tokens,
        Context(settings.context or DEFAULT_CONTEXT),
    )


def passages_of(document: Document, budget: Budget, path: str = "") -> Iterator[Passage]:
    """Cut a document; every non-blank character is in at least one passage, in order.

    ``path`` is the path of the document; its file name stands in for a missing title.
    """
    title = title_of(document, path)
    for blocks in _sections(document.blocks):
        section = _Section(blocks, budget.fits, has_lines=document.has_lines)
        passages = section.passages(0, len(section.text), budget.characters, budget.overlap)
        if budget.context is Context.NONE:
            yield from passages
        else:
            yield from (with_context(p, budget.context, title, budget.fits) for p in passages)


def places_of(text: str, document: Document) -> Iterator[Passage]:
    """Return each place in a document at which the text of a passage stands, as a passage."""
    for blocks in _sections(document.blocks):
        section = _Section(blocks, lambda _: True, has_lines=document.has_lines)
        yield from section.occurrences(text)


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield runs of blocks under the same headings, on the same page.

    A heading without text of its own joins the next run, and so does a page with hardly any text.
    Where two places make no range, as a page and an attachment, a run ends anyway.
    """
    section: list[Block] = []
    characters = 0  # of text, without headings
    for block in blocks:
        is_cut = characters and block.headings != section[-1].headings
        is_page_end = characters >= _LEAST_OF_PAGE and block.page != section[-1].page
        is_apart = section and block.places and not _can_follow(section, block)
        if is_cut or is_page_end or is_apart:
            yield section
            section, characters = [], 0
        section.append(block)
        characters += 0 if block.kind is BlockKind.HEADING else len(block.text)
    if section:
        yield section


def _can_follow(section: Sequence[Block], block: Block) -> bool:
    before, behind = section[0].places, block.places
    return can_span(before[0] if before else None, behind[-1] if behind else None)


class _Section:
    """The blocks under one heading as one text, with the places where it may be cut."""

    def __init__(
        self, blocks: Sequence[Block], fits: Callable[[str], bool], *, has_lines: bool
    ) -> None:
        self.blocks = blocks
        self.text = _BLOCK_SEPARATOR.join([block.text for block in blocks])
        self.starts: list[int] = []  # of the blocks
        self._fits = fits
        self._has_lines = has_lines
        self._headings = blocks[-1].headings
        self._rows_before: list[int] = []  # newlines before each block
        self._natural: dict[int, list[int]] = {}
        self._counted = (0, 0)  # an offset, and the newlines before it
        start = rows = 0
        for block in blocks:
            self.starts.append(start)
            self._rows_before.append(rows)
            start += len(block.text) + len(_BLOCK_SEPARATOR)
            rows += len(block.lines) - 1 + len(_BLOCK_SEPARATOR)

    def passages(self, start: int, stop: int, characters: int, overlap: int) -> Iterator[Passage]:
        """Cut text[start:stop] into passages of at most ``characters`` that the embedder takes."""
        if start == 0 and stop == len(self.text) <= characters:
            first, text = self._trimmed(0, stop)
            if text and self._fits(text):
                yield self._passage(first, text)
                return
        cuts = _Cuts(self, start, stop, characters - overlap)
        position = start
        while position < stop:
            first = cuts.overlap_start(position, overlap)
            end = stop if stop - first <= characters else cuts.best_behind(position)
            first, text = self._trimmed(first, end)
            if not text:
                pass  # white space only, from a very long run
            elif self._fits(text) or end - position == 1:
                yield self._passage(first, text)
            else:
                half = (end - position + 1) // 2
                yield from self.passages(position, end, half, min(overlap, half // 4))
            position = end

    def occurrences(self, text: str) -> Iterator[Passage]:
        """Yield every offset at which a text stands in the section."""
        start = self.text.find(text)
        while start >= 0:
            yield self._passage(start, text)
            start = self.text.find(text, start + len(text))

    def natural_cuts(self, at: int) -> list[int]:
        """Offsets in a block at which a sentence or a row begins, both ends excluded."""
        if at not in self._natural:
            block = self.blocks[at]
            if block.kind in _IN_SENTENCES:
                self._natural[at] = list(sentence_ends(block.text))[:-1]
            else:
                newlines = _NEWLINE.finditer(block.text, 0, len(block.text) - 1)
                self._natural[at] = [match.end() for match in newlines]
        return self._natural[at]

    def row_starts(self, at: int, least: int, stop: int) -> list[int]:
        """Offsets in [least, stop) at which a row of a block begins, but for its first."""
        start = self.starts[at]
        rows = _NEWLINE.finditer(self.text, max(start, least - 1), min(stop - 1, len(self.text)))
        return [match.end() for match in rows]

    def _trimmed(self, start: int, stop: int) -> tuple[int, str]:
        """Return text[start:stop] without blank rows at its ends, and where it begins."""
        text = self.text[start:stop].rstrip()
        trimmed = text.lstrip("\n")
        return start + len(text) - len(trimmed), trimmed

    def _passage(self, start: int, text: str) -> Passage:
        block, row = self._row(start)
        last_block, last_row = self._row(start + len(text) - 1)
        pages = lines = place = None
        if block.page is not None and last_block.page is not None:
            pages = (block.page, last_block.page)
        elif self._has_lines:
            lines = (block.lines[row], (last_block.last_lines or last_block.lines)[last_row])
        if block.places and last_block.places:
            place = spanned(block.places[row], last_block.places[last_row])
        return Passage(text, lines, pages, self._headings, place)

    def _row(self, offset: int) -> tuple[Block, int]:
        """Return the block of a character, and the number of its row in the block."""
        before, newlines = self._counted
        if offset >= before:
            newlines += self.text.count("\n", before, offset)
        else:
            newlines -= self.text.count("\n", offset, before)
        self._counted = (offset, newlines)
        at = bisect_right(self.starts, offset) - 1
        return self.blocks[at], newlines - self._rows_before[at]


class _Cuts:
    """The places where text[start:stop] of a section may be cut, found on demand.

    No two places are further apart than ``longest``: cuts are forced where they would be.
    """

    def __init__(self, section: _Section, start: int, stop: int, longest: int) -> None:
        self._section = section
        self._text = section.text
        self._starts = section.starts
        self._start = start
        self._stop = stop
        self._longest = longest
        self._inside: dict[int, list[int]] = {}

    def best_behind(self, position: int) -> int:
        """The best cut that leaves a passage at least half full, else the last cut that fits."""
        least, most = position + max(1, self._longest // 2), position + self._longest
        low, high = bisect_left(self._starts, least), bisect_right(self._starts, most)
        offsets = self._starts[low:high] or self._best_inside(high - 1, least, most)
        return offsets[0] if len(offsets) == 1 else max(offsets, key=self._rank)

    def overlap_start(self, position: int, overlap: int) -> int:
        """The start of the passage whose own text begins at ``position``, in whole sentences."""
        least = max(self._start + 1, position - overlap)
        if least >= position:
            return position
        for block in range(bisect_left(self._starts, least) - 1, len(self._starts)):
            start = self._starts[block]
            if start >= position:
                break
            if start >= least:
                return start
            if end := next(self._natural(block, least, position), None):
                return end
        return position

    def _natural(self, at: int, least: int, stop: int) -> Iterator[int]:
        """The unforced cuts inside a block, in [least, stop)."""
        block, start = self._section.blocks[at], self._starts[at]
        ends = partial(self._section.natural_cuts, at)
        if block.kind in _IN_SENTENCES:
            found = ends_within(block.text, least - start, stop - start, ends)
        else:
            found = iter(numbers_within(ends(), least - start, stop - start))
        return (start + end for end in found)

    def _best_inside(self, block: int, least: int, most: int) -> list[int]:
        """The best cuts inside a block, from ``least`` to ``most``."""
        if natural := list(self._natural(block, least, most + 1)):
            return natural
        if rows := self._section.row_starts(block, least, most + 1):
            return rows  # a log or a poem has no ends of sentences
        offsets = self._of_block(block)
        low, high = bisect_left(offsets, least), bisect_right(offsets, most)
        if low >= high:
            return [offsets[high - 1] if high else self._starts[block]]
        return offsets[low:high]

    def _rank(self, offset: int) -> int:
        return zlib.crc32(self._text[max(0, offset - _CONTEXT) : offset + _CONTEXT].encode())

    def _of_block(self, at: int) -> list[int]:
        """The cuts inside a block, forced cuts included, ascending."""
        if at not in self._inside:
            self._inside[at] = self._with_forced(at)
        return self._inside[at]

    def _with_forced(self, at: int) -> list[int]:
        block, start = self._section.blocks[at], self._starts[at]
        first = max(start, self._start)
        behind = min(start + len(block.text) + len(_BLOCK_SEPARATOR), self._stop)
        ends = numbers_within(self._section.natural_cuts(at), first - start + 1, behind - start)
        offsets: list[int] = []
        for before, cut in pairwise([first, *(start + end for end in ends), behind]):
            offsets += [*_forced_cuts(self._text, before, cut, self._longest), cut]
        return offsets[:-1]


def _forced_cuts(text: str, start: int, stop: int, longest: int) -> Iterator[int]:
    """Cut text[start:stop] into at most ``longest`` characters each, after white space if any."""
    while stop - start > longest:
        limit = start + longest
        space = text.rfind("\n", start + longest // 2, limit)
        space = space if space >= 0 else text.rfind(" ", start, limit)
        start = space + 1 if space >= start + longest // 2 else limit
        yield start

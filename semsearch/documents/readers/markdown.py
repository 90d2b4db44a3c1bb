"""Markdown to blocks.

A line scanner rather than a parser: it finds which lines belong together and under which heading,
with every line that is shown in exactly one block. Its rules for headings and fences are
CommonMark's (https://spec.commonmark.org/0.31.2/).
"""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.front_matter import front_matter
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail
from semsearch.documents.readers.markdown_source import shown

_ATX: Final = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_TOP: Final = re.compile(r" {0,3}#(?=[ \t])")
_SETEXT: Final = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE: Final = re.compile(r" {0,3}-{3,}[ \t]*$")  # a thematic break
_FENCE: Final = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_SPECIAL: Final = frozenset("#`~=-")  # first characters of rows that are no plain text
_LIST: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_TABLE_RULE: Final = re.compile(
    r" {0,3}\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$"
)
_INDENTED: Final = re.compile(r"(?: {4}|\t)")
_LINK: Final = re.compile(r"!?\[([^\]\[]*)\](?:\([^)\s]*(?:\s+\"[^\"]*\")?\)|\[[^\]]*\])")
_TAG: Final = re.compile(  # of HTML, in a title
    r"</?(?:a|b|br|center|code|em|font|i|img|kbd|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_MARKS: Final = "*`~_"
_EMPHASIS: Final = re.compile(r"(\*{1,3}|`+|~~|(?<!\w)_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")


def read_markdown(text: str) -> Document:
    """Read headings, paragraphs, lists, tables and code blocks, each with its lines."""
    scanner = _Scanner(text.split("\n"))
    return Document(tuple(scanner.blocks()), title=scanner.title)


class _Scanner:
    """Scans the rows once, from the top."""

    def __init__(self, rows: list[str]) -> None:
        self._rows = rows
        self._at = 0
        self._firsts: list[str] = []  # of each row its first character that is no blank, or ""
        self._trail = HeadingTrail()
        self.title: str | None = None  # title in the front matter

    def blocks(self) -> Iterator[Block]:
        yield from self._front_matter()
        self._rows[self._at :] = shown(self._rows[self._at :])
        self._firsts = [row[:1] for row in map(str.strip, self._rows)]
        while self._at < len(self._rows):
            row, first = self._rows[self._at], self._firsts[self._at]
            if not first:
                self._at += 1
            elif first not in _SPECIAL:
                yield self._paragraph()
            elif heading := _ATX.match(row):
                yield self._heading(1, len(heading[1]), _without_closing(row[heading.end() :]))
            elif fence := _FENCE.match(row):
                yield self._block(BlockKind.CODE, self._end_of_fence(fence[1]))
            elif _RULE.match(row):
                yield self._block(BlockKind.PARAGRAPH, self._at + 1)
            else:
                yield self._paragraph()

    def _front_matter(self) -> Iterator[Block]:
        """Front matter at the very top: of it the entries that say what the note is about.

        Its title heads the document when there is no heading of the first level.
        """
        found = front_matter(self._rows)
        if found is None:
            return
        self._at = found.end
        self.title = found.title
        if self.title and not any(_TOP.match(row) for row in self._rows):
            self._trail.enter(0, self.title)
        if (block := found.block(self._trail.titles)) is not None:
            yield block

    def _paragraph(self) -> Block:
        """Rows up to a blank row or another kind of block; an underline makes them a heading."""
        start = end = self._at
        kind = BlockKind.LIST if _LIST.match(self._rows[start]) else BlockKind.PARAGRAPH
        while end < len(self._rows) and (first := self._firsts[end]):
            if first in _SPECIAL and end > start:
                row = self._rows[end]
                if kind is BlockKind.PARAGRAPH and (rule := _SETEXT.match(row)):
                    title = " ".join(part.strip() for part in self._rows[start:end])
                    return self._heading(end + 1 - start, 1 if rule[1][0] == "=" else 2, title)
                if _ATX.match(row) or _FENCE.match(row):
                    break
            end += 1
        if kind is BlockKind.LIST:
            end = self._end_of_list(end)
        elif (
            end - start > 1
            and "|" in self._rows[start]
            and _TABLE_RULE.match(self._rows[start + 1])
        ):
            kind = BlockKind.TABLE
        elif _INDENTED.match(self._rows[start]) and all(
            map(_INDENTED.match, self._rows[start:end])
        ):
            kind = BlockKind.CODE
        return self._block(kind, end)

    def _end_of_list(self, end: int) -> int:
        """A list continues after one blank row with another item or an indented row."""
        while end + 1 < len(self._rows):
            after = self._rows[end + 1]
            goes_on = _LIST.match(after) or (after.startswith("  ") and self._firsts[end + 1])
            if self._firsts[end] or not goes_on or _FENCE.match(after):
                break
            end += 1
            while end < len(self._rows) and self._firsts[end]:
                if _ATX.match(self._rows[end]) or _FENCE.match(self._rows[end]):
                    return end
                end += 1
        return end

    def _end_of_fence(self, opening: str) -> int:
        closing = re.compile(rf" {{0,3}}{re.escape(opening[0])}{{{len(opening)},}}[ \t]*$")
        for end in range(self._at + 1, len(self._rows)):
            if self._firsts[end] == opening[0] and closing.match(self._rows[end]):
                return end + 1
        return len(self._rows)

    def _heading(self, height: int, level: int, title: str) -> Block:
        self._trail.enter(level, plain_words(title[:LONGEST_TITLE]))
        return self._block(BlockKind.HEADING, self._at + height)

    def _block(self, kind: BlockKind, end: int) -> Block:
        start, self._at = self._at, end
        while end > start + 1 and not self._firsts[end - 1]:
            end -= 1
        return Block(
            kind,
            "\n".join(self._rows[start:end]),
            range(start + 1, end + 1),
            headings=self._trail.titles,
        )


def _without_closing(title: str) -> str:
    """The words of an ATX heading, without the closing row of #."""
    title = title.strip()
    open_title = title.rstrip("#")
    return open_title if not open_title or open_title[-1] in " \t" else title


def plain_words(title: str) -> str:
    """Return a title without the marks of links, emphasis and code.

    >>> plain_words("The **best** [bread](https://example.org), `v2`")
    'The best bread, v2'
    """
    if "<" in title:
        title = _TAG.sub("", title)
    if "[" in title:
        title = _LINK.sub(r"\1", title)
    before = "" if any(mark in title for mark in _MARKS) else title
    while before != title:
        before, title = title, _EMPHASIS.sub(r"\2", title)
    return " ".join(title.split())

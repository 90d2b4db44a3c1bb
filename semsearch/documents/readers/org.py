"""Org mode files to blocks, as Emacs exports them: no properties, planning, keywords and comments.

(https://orgmode.org/worg/org-syntax.html)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail, title_named

_HEADING: Final = re.compile(r"(\*+)[ \t]+(.*)$")
_TODO: Final = re.compile(
    r"(?:TODO|DONE|NEXT|WAITING|HOLD|STARTED|CANCELL?ED|SOMEDAY)(?=\s|$)[ \t]*"
)
_PRIORITY: Final = re.compile(r"\[#[A-Z0-9]\][ \t]*")
_TAGS: Final = re.compile(r"(?<![ \t])[ \t]++:((?:[\w@#%]+:)+)[ \t]*$")
_COOKIE: Final = re.compile(r"\[\d*(?:/\d*|%)\]")  # "[2/5]" of a list of tasks
_DRAWER: Final = re.compile(r"[ \t]*:[\w-]+:[ \t]*$")
_HIDDEN_DRAWER: Final = re.compile(r"[ \t]*:(?:PROPERTIES|LOGBOOK):", re.IGNORECASE)
_DRAWER_END: Final = re.compile(r"[ \t]*:END:[ \t]*$", re.IGNORECASE)
_PLANNING: Final = re.compile(
    r"[ \t]*(?:(?:SCHEDULED|DEADLINE|CLOSED):[ \t]*[<\[][^>\]\n]*[>\]][ \t]*)+$"
)
_CLOCK: Final = re.compile(r"[ \t]*CLOCK:[ \t]*\[")
_COMMENT: Final = re.compile(r"[ \t]*#(?:[ \t]|$)")
_KEYWORD: Final = re.compile(r"[ \t]*#\+([\w-]+)(?:\[[^\]]*\])?:[ \t]*(.*)$")
_SHOWN: Final = {  # keywords whose values a page shows
    "title": "title", "subtitle": "subtitle", "author": "author", "date": "date",
    "description": "description", "keywords": "keywords", "filetags": "tags", "caption": "",
}  # fmt: skip
_BEGIN: Final = re.compile(r"[ \t]*#\+begin_(\w{1,40})", re.IGNORECASE)
_CODE: Final = ("src", "example", "export")
_LIST: Final = re.compile(r"[ \t]*(?:[-+]|\d+[.)]|[a-zA-Z][.)])[ \t]|[ \t]+\*[ \t]")
_LINK: Final = re.compile(r"\[\[([^\[\]\n]{1,2000})\](?:\[([^\[\]\n]{1,500})\])?\]")
_MACRO: Final = re.compile(r"[ \t]*#\+macro:[ \t]*([\w-]+)[ \t]+(.*)$", re.IGNORECASE)
_MACRO_USED: Final = re.compile(r"\{\{\{([\w-]+)(?:\(((?:[^\\)]|\\.){0,500})\))?\}\}\}")
_LONGEST_MACRO: Final = 2_000  # characters of a macro, before and after its arguments are put in
_MOST_EXPANDED: Final = 500_000  # characters of the macros that a file uses
_ARGUMENT: Final = re.compile(r"\$([1-9])")
_SNIPPET: Final = re.compile(r"@@[\w-]+:[^@\n]{0,500}@@")  # for one form of export
_TARGET: Final = re.compile(r"<<<?[^<>\n]{1,200}>>>?[ \t]?")


def read_org(text: str) -> Document:
    """Read headings, paragraphs, lists, tables and blocks of code, each with its lines."""
    reader = _Reader(text.split("\n"))
    document = Document(tuple(reader.blocks()))
    return replace(document, title=title_named(reader.title))


class _Reader:
    """Goes through the rows once, from the top."""

    def __init__(self, rows: list[str]) -> None:
        self._rows = rows
        self._at = 0
        self._trail = HeadingTrail()
        self._found: dict[re.Pattern[str], int] = {}  # next row of each rule that was looked for
        self._macros = {
            found[1].lower(): found[2] for row in rows if (found := _MACRO.match(row)) is not None
        }
        self._expanded_size = 0
        self.title = ""

    def blocks(self) -> Iterator[Block]:
        while self._at < len(self._rows):
            row = self._rows[self._at]
            if heading := _HEADING.match(row):
                yield from self._heading(heading)
            elif begin := _BEGIN.match(row):
                yield from self._block(begin[1].lower())
            elif self._is_hidden(row):
                self._at += 1
            elif keyword := _KEYWORD.match(row):
                yield from self._keyword(keyword)
            else:
                yield from self._paragraph()

    def _next(self, rule: re.Pattern[str]) -> int:
        """The first row below that a rule matches; the number of rows where none does."""
        at = self._found.get(rule, -1)
        if at <= self._at:
            below = range(self._at + 1, len(self._rows))
            at = next((n for n in below if rule.match(self._rows[n])), len(self._rows))
            self._found[rule] = at
        return at

    def _is_hidden(self, row: str) -> bool:
        """Whether a row is blank or for Org only; a drawer of properties is passed."""
        if _DRAWER.match(row) and not _DRAWER_END.match(row):
            end = self._next(_DRAWER_END)
            if end < self._next(_HEADING):
                self._at = end if _HIDDEN_DRAWER.match(row) else self._at
                return True
        if row.lstrip().startswith("#+"):
            return _KEYWORD.match(row) is None
        hidden = (_PLANNING, _CLOCK, _COMMENT, _DRAWER_END)
        return not row.strip() or any(rule.match(row) for rule in hidden)

    def _heading(self, heading: re.Match[str]) -> Iterator[Block]:
        state = _TODO.match(heading[2])
        title = heading[2][state.end() :] if state else heading[2]
        title = _COOKIE.sub("", _PRIORITY.sub("", title, count=1))
        tags = _TAGS.search(title)
        title = " ".join(self._shown(_TAGS.sub("", title)).split())
        if title.startswith("COMMENT "):
            self._pass_section(len(heading[1]))
            return
        self._trail.enter(len(heading[1]), title[:LONGEST_TITLE])
        words = f"{state[0].strip()} {title}" if state else title
        words += f" ({', '.join(tags[1].strip(':').split(':'))})" if tags else ""
        self._at += 1
        if words:
            yield Block(BlockKind.HEADING, words, [self._at], headings=self._trail.titles)

    def _pass_section(self, level: int) -> None:
        """Go behind a section that is not exported."""
        self._at += 1
        while self._at < len(self._rows):
            heading = _HEADING.match(self._rows[self._at])
            if heading and len(heading[1]) <= level:
                return
            self._at += 1

    def _keyword(self, keyword: re.Match[str]) -> Iterator[Block]:
        name = keyword[1].lower()
        self._at += 1
        if name not in _SHOWN or not keyword[2].strip():
            return
        if name == "title":
            self.title = f"{self.title} {keyword[2]}".strip()
        words = self._shown(
            keyword[2].strip().strip(":").replace(":", ", ") if name == "filetags" else keyword[2]
        )
        label = _SHOWN[name]
        yield self._of(BlockKind.PARAGRAPH, self._at - 1, [f"{label}: {words}" if label else words])

    def _block(self, name: str) -> Iterator[Block]:
        """A block between #+begin and #+end; without an end its first row is left out."""
        start = self._at + 1
        is_whole = name in _CODE or name == "comment"
        ending = re.compile(rf"[ \t]*#\+end_{name}\b", re.IGNORECASE)
        end = self._next(ending) if is_whole else len(self._rows)
        if end == len(self._rows):
            self._at = start  # its rows are read as others are; its end is a comment to them
            return
        self._at = end + 1
        rows = self._rows[start:end]
        if name != "comment" and any(map(str.strip, rows)):
            yield self._of(BlockKind.CODE, start, rows)

    def _paragraph(self) -> Iterator[Block]:
        start = end = self._at
        kind = BlockKind.LIST if _LIST.match(self._rows[start]) else BlockKind.PARAGRAPH
        is_table = self._rows[start].lstrip().startswith("|")
        while end < len(self._rows) and self._rows[end].strip():
            row = self._rows[end]
            if end > start and (
                _HEADING.match(row) or _COMMENT.match(row) or row.lstrip().startswith("#+")
            ):
                break
            if end > start and _DRAWER.match(row):
                break
            end += 1
        self._at = max(end, start + 1)
        rows = [self._shown(row) for row in self._rows[start : self._at]]
        yield self._of(BlockKind.TABLE if is_table else kind, start, rows)

    def _shown(self, row: str) -> str:
        """A row with the labels of its links in place of their addresses, and its macros."""
        if "{{{" in row:
            row = _MACRO_USED.sub(self._expanded, row)
        return _LINK.sub(lambda link: link[2] or link[1], _TARGET.sub("", _SNIPPET.sub("", row)))

    def _expanded(self, used: re.Match[str]) -> str:
        text = self._macros.get(used[1].lower())
        if text is None or len(text) > _LONGEST_MACRO or self._expanded_size > _MOST_EXPANDED:
            return used[0]
        expanded = _with_arguments(text, used[2] or "")
        self._expanded_size += max(len(text), len(expanded))
        return expanded if len(expanded) <= _LONGEST_MACRO else used[0]

    def _of(self, kind: BlockKind, start: int, rows: Sequence[str]) -> Block:
        lines = range(start + 1, start + 1 + len(rows))
        return Block(kind, "\n".join(rows), lines, headings=self._trail.titles)


def _with_arguments(text: str, given: str) -> str:
    """The text of a macro with its arguments, which commas part; one that is a program is none."""
    if text.startswith("(eval"):
        return ""
    arguments = [part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),", given)]

    def given_for(place: re.Match[str]) -> str:
        number = int(place[1])
        return arguments[number - 1] if number <= len(arguments) else place[0]

    return _ARGUMENT.sub(given_for, text)

"""The source of a Markdown note as its page shows it: no comments and ids, links by their labels.

Each row keeps its line. Code stays as it is.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from semsearch.documents.readers.markdown_inline import (
    CodeSpans,
    definition,
    is_plain,
    shown_text,
)

# A mark of one character is found fastest. Each row that is shown otherwise has one of them.
_HINTS: Final = ("<!--", "%", "]]", "{", "^", "]:")
_FENCES: Final = ("```", "~")
_INDENTED: Final = re.compile(r" {0,3}\t| {4}")  # a block of code, but in a list
_LIST: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_FENCE: Final = re.compile(r" {0,3}(?:> ?)*(`{3,}(?=[^`]*$)|~{3,})")
_COMMENTS: Final = {"<!--": "-->", "%%": "%%"}  # of HTML, of Obsidian
_BEGIN: Final = re.compile(r"<!--|%%(?!%)")
_MOST_COMMENT_ROWS: Final = 2_000  # a comment that does not end is text
_DEFINED_COMMENT: Final = re.compile(
    r" {0,3}\[(?://|comment|#|_)\]: *(?:#|<>|/)(?: .*)?$", re.IGNORECASE
)
_ATTRIBUTE: Final = r"(?:[#.][\w:.-]+|[\w-]+=\"[^\"{}]*\")"
_HEADING_ID: Final = re.compile(  # of Pandoc, kramdown and PHP Markdown Extra
    rf"(?<=\S)[ \t]+\{{:?[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*[ \t]*\}}(?=[ \t]*+#*+[ \t]*+$)"
)
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_BLOCK_ID: Final = re.compile(r"(?:(?<=\S)[ \t]+|^[ \t]*)\^[A-Za-z0-9-]{3,}[ \t]*$")
_WIKI_LINK: Final = re.compile(r"!?\[\[([^\[\]|\n]{1,300}?)(?:\\?\|([^\[\]\n]{0,300}))?\]\]")


def shown(rows: Sequence[str]) -> list[str]:
    """Return the rows of a note as a reader sees them.

    >>> shown(["# Tea {#tea}", "See [[Cups and pots|cups]]. %% check %%", "<!-- old -->"])
    ['# Tea', 'See cups. ', '']
    """
    kept = [*rows]
    text = "\n".join(rows)
    codes: set[int] = set()
    if (wanted := _rows_with(_HINTS, text)) or not is_plain(text):
        marked = sorted(wanted | _rows_with(_FENCES, text))
        changed = _without_comments(kept, marked, _CommentEnds(text), codes)
        below = [kept[at + 1] if at + 1 < len(kept) else "" for at in changed]
        for at, row_below in zip(changed, below, strict=True):
            kept[at] = _shown(kept[at], row_below)
        if not is_plain(text):
            _put_links(kept, codes)
    return kept


def _put_links(rows: list[str], codes: set[int]) -> None:
    """Put the labels of links for links, paragraph by paragraph: one may go on in the next row."""
    names = {
        at: name
        for at, row in enumerate(rows)
        if "]:" in row and at not in codes and (name := definition(row))
    }
    for at in names:
        rows[at] = ""
    known = frozenset(names.values())
    lists = _Lists()
    start = 0
    while start < len(rows):
        if not rows[start].strip() or start in codes:
            start += 1
            continue
        end = start + 1
        while end < len(rows) and rows[end].strip() and end not in codes:
            end += 1
        part = rows[start:end]
        is_code = part[0][0] in " \t" and all(map(_INDENTED.match, part)) and not lists.is_open
        lists.add(part)
        if not is_code:
            rows[start:end] = shown_text("\n".join(part), known).split("\n")
        start = end


class _Lists:
    """Whether a paragraph goes on with a list; looked at when one is indented like code."""

    def __init__(self) -> None:
        self._added: list[Sequence[str]] = []
        self._is_open = False

    def add(self, part: Sequence[str]) -> None:
        """Add the rows of the next paragraph."""
        self._added.append(part)

    @property
    def is_open(self) -> bool:
        """Whether the last paragraph had an item, or went on with one."""
        for part in self._added:
            goes_on = self._is_open and part[0][0].isspace()
            self._is_open = goes_on or any(map(_LIST.match, part))
        self._added.clear()
        return self._is_open


def _rows_with(marks: Sequence[str], text: str) -> set[int]:
    """The numbers of the rows with one of some marks, from 0; most texts have none."""
    found: set[int] = set()
    for mark in marks:
        start = number = 0
        while (at := text.find(mark, start)) >= 0:
            number += text.count("\n", start, at)
            found.add(number)
            end = text.find("\n", at)
            if end < 0:
                break
            start, number = end + 1, number + 1
    return found


def _is_heading(row: str, below: str) -> bool:
    return _HEADING.match(row) is not None or (
        bool(row.strip()) and _UNDERLINE.match(below) is not None
    )


class _CommentEnds:
    """The rows of a text in which comments may end; looked for when the first begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rows: dict[str, list[int]] = {}  # by the mark of the end, ascending

    def below(self, at: int, closing: str) -> int:
        """The row below row ``at`` in which a comment ends; ``at`` where it does not end."""
        rows = self._rows.get(closing)
        if rows is None:
            rows = self._rows[closing] = sorted(_rows_with((closing,), self._text))
        behind = bisect_right(rows, at)
        is_near = behind < len(rows) and rows[behind] - at < _MOST_COMMENT_ROWS
        return rows[behind] if is_near else at


def _without_comments(
    rows: list[str], wanted: Sequence[int], ends: _CommentEnds, codes: set[int]
) -> list[int]:
    """Take comments out of rows; returns the numbers of rows that may be shown otherwise, too.

    ``wanted`` are the numbers of the rows with a mark, ascending; those with the fence of a block
    of code are among them. The numbers of the rows of code are put into ``codes``.
    """
    kept: list[int] = []
    fence = ""
    begun = -1
    done = -1
    for at in wanted:
        if at <= done:
            continue
        row = rows[at]
        if fence:
            mark = row.lstrip("> ").rstrip()
            is_end = mark.startswith(fence) and not mark.strip(fence[0])
            if is_end:
                codes.update(range(begun, at + 1))
                fence = ""
        elif opening := _FENCE.match(row):
            fence, begun = opening[1], at
        elif "]:" in row and _DEFINED_COMMENT.match(row):
            rows[at] = ""
        else:
            row_at = at
            while (done := _take_out(rows, row_at, ends)) > row_at:
                kept.append(row_at)
                row_at = done
            kept.append(row_at)
    if fence:
        codes.update(range(begun, len(rows)))
    return kept


def _take_out(rows: list[str], at: int, ends: _CommentEnds) -> int:
    """Take out the comments that begin in a row; returns the row in which the last of them ends.

    The rest of that row stays, and may have others.
    """
    row, closing = _without_whole(rows[at])
    if not closing:
        rows[at] = row
        return at
    before, _, rest = row.rpartition("\0")
    last = ends.below(at, closing)
    if last == at:
        rows[at] = before + rest
    else:
        behind = rows[last].partition(closing)[2]
        rows[at : last + 1] = [before, *[""] * (last - at - 1), behind]
    return last


def _without_whole(row: str) -> tuple[str, str]:
    """A row without the comments that end in it; of one that goes on, the end that it wants.

    NUL, which is in no text, then stands before it.
    """
    if not any(mark in row for mark in _COMMENTS):
        return row, ""
    kept: list[str] = []
    start = at = 0
    codes = CodeSpans(row)
    while begin := _BEGIN.search(row, at):
        opening = begin.start()
        if "`" in row[at:opening]:
            ends = (end for _, end in codes.between(at, opening))
            code_end = next((end for end in ends if end > opening), None)
            if code_end is not None:
                at = code_end
                continue
        before = row[opening - 1 : opening] if opening > start else kept[-1][-1:] if kept else ""
        if begin[0] == "%%" and (before == "%" or before.isalnum() or before == "_"):
            at = opening + 1
            continue
        closing = _COMMENTS[begin[0]]
        end = row.find(closing, begin.end())
        if end < 0:
            # Of Obsidian's, one that goes on stands at the beginning of a row.
            if closing == "-->" or not f"{''.join(kept)}{row[start:opening]}".strip():
                return f"{''.join(kept)}{row[start:opening]}\0{row[opening:]}", closing
            break
        if opening > start:
            kept.append(row[start:opening])
        start = at = end + len(closing)
    return "".join([*kept, row[start:]]), ""


def _shown(row: str, below: str) -> str:
    """A row without ids, and with links by their labels; ``below`` is the row below it."""
    if "{" in row and row.rstrip("# \t").endswith("}") and _is_heading(row, below):
        row = _HEADING_ID.sub("", row)
    if "^" in row:
        row = _BLOCK_ID.sub("", row)
    if "]]" not in row:
        return row
    pieces: list[str] = []
    at = 0
    for start, end in CodeSpans(row).between(0, len(row)):
        pieces += [_WIKI_LINK.sub(_label, row[at:start]), row[start:end]]
        at = end
    return "".join([*pieces, _WIKI_LINK.sub(_label, row[at:])])


def _label(link: re.Match[str]) -> str:
    r"""What Obsidian shows of a link: its label, else the name, with headings behind ">"."""
    if link[2] is not None and not link[0].startswith("!"):
        return link[2]
    name = link[1].removesuffix("\\").strip()
    page, *headings = [part.strip().removeprefix("^") for part in name.split("#")]
    return " > ".join(filter(None, [page, *headings]))

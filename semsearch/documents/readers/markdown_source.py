"""The source of a Markdown note as its page shows it: no comments and ids, links by their labels.

Each row keeps its line. Code stays as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from semsearch.documents.readers.markdown_inline import definition, is_plain, shown_text

_INDENTED: Final = re.compile(r" {0,3}\t| {4}")  # a block of code, but in a list
_LIST: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_HINTS: Final = ("<!--", "%%", "[[", "{", "^", "]: ")  # many texts have none: found fast
_FENCE: Final = re.compile(r" {0,3}(?:> ?)*(`{3,}(?=[^`]*$)|~{3,})")
_CODE: Final = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_COMMENTS: Final = {"<!--": "-->", "%%": "%%"}  # of HTML, of Obsidian
_BEGIN: Final = re.compile(r"<!--|(?<![\w%])%%(?!%)")
_MOST_COMMENT_ROWS: Final = 2_000  # a comment that does not end is text
_DEFINED_COMMENT: Final = re.compile(
    r" {0,3}\[(?://|comment|#|_)\]: *(?:#|<>|/)(?: .*)?$", re.IGNORECASE
)
_ATTRIBUTE: Final = r"(?:[#.][\w:.-]+|[\w-]+=\"[^\"{}]*\")"
_HEADING_ID: Final = re.compile(  # of Pandoc, kramdown and PHP Markdown Extra
    rf"(?<=\S)[ \t]+\{{:?[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*[ \t]*\}}(?=[ \t]*#*[ \t]*$)"
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
    text = "\n".join(rows)
    if not any(hint in text for hint in _HINTS) and is_plain(text):
        return [*rows]
    kept = list(_without_comments(rows))
    following = [row for row, _ in kept[1:]] + [""]
    return _with_links_by_labels(
        (row if is_code else _shown(row, is_heading=_is_heading(row, below)), is_code)
        for (row, is_code), below in zip(kept, following, strict=True)
    )


def _with_links_by_labels(rows: Iterable[tuple[str, bool]]) -> list[str]:
    """The rows, paragraph by paragraph: a label or a tag may go on in the next row."""
    kept = list(rows)
    names = {
        at: name
        for at, (row, is_code) in enumerate(kept)
        if not is_code and (name := definition(row))
    }
    known = frozenset(names.values())
    shown_rows: list[str] = []
    parts = groupby(enumerate(kept), lambda one: (one[1][1], bool(one[1][0].strip())))
    in_list = False
    for (is_code, is_text), part in parts:
        texts = ["" if at in names else row for at, (row, _) in part]
        if is_text and not is_code:
            is_code = all(map(_INDENTED.match, texts)) and not in_list
            in_list = any(map(_LIST.match, texts)) or (in_list and texts[0][:1].isspace())
        if is_text and not is_code:
            texts = shown_text("\n".join(texts), known).split("\n")
        shown_rows += texts
    return shown_rows


def _is_heading(row: str, below: str) -> bool:
    return _HEADING.match(row) is not None or (
        bool(row.strip()) and _UNDERLINE.match(below) is not None
    )


def _without_comments(rows: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each row without comments, and whether it is of a block of code."""
    fence = closing = ""
    last = -1  # row at which the comment that is open ends
    for at, row in enumerate(rows):
        if fence:
            mark = row.lstrip("> ").rstrip()
            is_end = mark.startswith(fence) and not mark.strip(fence[0])
            fence = "" if is_end else fence
            yield row, True
            continue
        before = ""
        if closing:
            if at < last:
                yield "", False
                continue
            row = row.partition(closing)[2]
            closing = ""
        elif opening := _FENCE.match(row):
            fence = opening[1]
            yield row, True
            continue
        elif _DEFINED_COMMENT.match(row):
            yield "", False
            continue
        row, closing = _without_whole(row)
        if closing:
            last = _end(rows, at, closing)
            before, _, rest = row.rpartition("\0")
            row, closing = (before, closing) if last > at else (before + rest, "")
        yield row, False


def _without_whole(row: str) -> tuple[str, str]:
    """A row without the comments that end in it; of one that goes on, the end that it wants.

    NUL, which is in no text, then stands before it.
    """
    at = 0
    while begin := _BEGIN.search(row, at):
        if "`" in row[at : begin.start()]:
            codes = _CODE.finditer(row, at)
            code = next((found for found in codes if found.end() > begin.start()), None)
            if code is not None and code.start() < begin.start():
                at = code.end()
                continue
        closing = _COMMENTS[begin[0]]
        end = row.find(closing, begin.end())
        if end < 0:
            # Of Obsidian's, one that goes on stands at the beginning of a row.
            if closing == "-->" or not row[: begin.start()].strip():
                return f"{row[: begin.start()]}\0{row[begin.start() :]}", closing
            break
        row = row[: begin.start()] + row[end + len(closing) :]
        at = begin.start()
    return row, ""


def _end(rows: Sequence[str], at: int, closing: str) -> int:
    """The row in which a comment ends; the row at which it begins where it does not end."""
    below = range(at + 1, min(len(rows), at + _MOST_COMMENT_ROWS))
    return next((n for n in below if closing in rows[n]), at)


def _shown(row: str, *, is_heading: bool) -> str:
    if is_heading:
        row = _HEADING_ID.sub("", row)
    row = _BLOCK_ID.sub("", row)
    if "[[" not in row:
        return row
    pieces: list[str] = []
    at = 0
    for code in _CODE.finditer(row):
        pieces += [_WIKI_LINK.sub(_label, row[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*pieces, _WIKI_LINK.sub(_label, row[at:])])


def _label(link: re.Match[str]) -> str:
    r"""What Obsidian shows of a link: its label, else the name, with headings behind ">"."""
    if link[2] is not None and not link[0].startswith("!"):
        return link[2]
    name = link[1].removesuffix("\\").strip()
    page, *headings = [part.strip().removeprefix("^") for part in name.split("#")]
    return " > ".join(filter(None, [page, *headings]))

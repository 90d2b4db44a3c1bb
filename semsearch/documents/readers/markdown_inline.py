"""Links, HTML tags and entities in the text of a Markdown note, as its page shows them.

Syntax of links: CommonMark 0.31.2, sections 4.7 and 6.3.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import unescape
from html.entities import html5
from typing import Final, NamedTuple

# What may begin something that the page shows otherwise; what begins with a backslash does not.
_TOKEN: Final = re.compile(
    r"\\.|`+|!?\[|\]|<|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.DOTALL
)
_TARGET: Final = re.compile(
    r"\([ \t]*+(?:<[^<>\n]*>|(?:[^\s()\\]|\\.|\((?:[^\s()]|\([^\s()]*\))*\)){0,2000}+)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
# Escapes, spans of code, and links whose label and target have no other marks: most are, and found
# fast.
_SIMPLE: Final = re.compile(
    r"[\\`\[](?:(?<=\\).|(?<=`)[^`]+`"
    r"|(?<=\[)(?<!!\[)((?:[^\[\]\\`<&]|`[^`]+`)*+)\]\([^()\s<>\\]*\))",
    re.DOTALL,
)
_LONGEST_NAME: Final = 200
_TICKS: Final = re.compile("`+")
_NAME: Final = re.compile(r"\[([^\[\]]{0,200})\]")
_ELEMENTS: Final = (  # others may be placeholders: <name>
    "a|abbr|address|article|aside|audio|b|big|blockquote|br|caption|center|cite|code|col|colgroup|"
    "dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img|"
    "ins|kbd|li|main|mark|nav|ol|p|picture|pre|q|s|samp|section|small|source|span|strike|strong|"
    "sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video|wbr"
)
_TAG: Final = re.compile(
    rf"</?(?P<element>{_ELEMENTS})"
    r"(?P<attributes>(?:\s+(?:[^<>\"'\s]|\"[^\"]{0,2000}+\"|'[^']{0,2000}+')*+)*+)/?>",
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(r"<(script|style)(?:\s[^<>]*)?>", re.IGNORECASE)
_MOST_UNSEEN: Final = 2_000  # characters of a script within a paragraph
_IN_A_WORD: Final = frozenset(
    "a abbr b big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub"
    " sup tt u var wbr".split()
)
_ALT: Final = re.compile(r"\salt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_DEFINITION: Final = re.compile(
    r" {0,3}\[([^\[\]^\n][^\[\]\n]{0,200})\]:[ \t]*(?:<[^<>]*>|[^\s<>/.#:@]*+[/.#:@][^\s<>]*+)"
    r"(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*$"
)


def is_plain(text: str) -> bool:
    """Whether a text has neither links nor tags nor entities."""
    return (
        "<" not in text
        and "&" not in text
        and "](" not in text
        and "][" not in text
        and "]: " not in text
    )


def definition(row: str) -> str | None:
    """Return the name of the link that a row defines, which no page shows."""
    found = _DEFINITION.match(row) if "]:" in row else None
    return _key(found[1]) if found else None


def shown_text(text: str, names: Iterable[str] = ()) -> str:
    r"""Return the rows of a paragraph as its page shows them; ``names`` are of defined links.

    Each row keeps its line.

    >>> shown_text('See [the\nmanual](m.html "all"), n<sup>th</sup>, `[a](b)` &amp; <name>')
    'See the\nmanual, nth, `[a](b)` & <name>'
    """
    known = frozenset(names)
    if "](" in text and "``" not in text:
        text = _SIMPLE.sub(_label_of, text)
    if is_plain(text) and not (known and "[" in text):
        return text
    return _Paragraph(text, known).shown()


def _label_of(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else found[1]


class CodeSpans:
    """The spans of code in a text; its backticks are looked for when the first end is wanted."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._runs: dict[int, list[int]] | None = None  # starts of runs of backticks by length

    def end_of(self, start: int, end: int) -> int | None:
        """The end of the span that the run of backticks between two places begins, if it does."""
        if self._runs is None:
            self._runs = defaultdict(list)
            for run in _TICKS.finditer(self._text):
                self._runs[len(run[0])].append(run.start())
        size = end - start
        starts = self._runs[size]
        behind = bisect_left(starts, end)
        return starts[behind] + size if behind < len(starts) else None

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The (start, end) of each span that begins between two places."""
        while run := _TICKS.search(self._text, start, end):
            # The run may go on behind the end.
            whole = _TICKS.match(self._text, run.start())
            begin, start = run.start(), whole.end() if whole else run.end()
            if (stop := self.end_of(begin, start)) is not None:
                yield begin, stop
                start = stop


class _Opening(NamedTuple):
    """A bracket that may begin a link: its mark, its piece, and where the label begins."""

    mark: str
    piece: int
    label: int


class _Paragraph:
    """Goes through a paragraph once; a bracket that closes decides about the last open one."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self._text = text
        self._names = names
        self._pieces: list[str] = []
        self._open: list[_Opening] = []
        self._inactive = 0  # openings up to here begin pictures, but no links
        self._codes = CodeSpans(text)

    def shown(self) -> str:
        at = 0
        while (token := _TOKEN.search(self._text, at)) is not None:
            self._pieces.append(self._text[at : token.start()])
            mark, at = token[0], token.end()
            if mark[0] == "`":
                at = self._code(token.start(), at)
            elif mark[-1] == "[" and mark[0] != "\\":
                self._open.append(_Opening(mark, len(self._pieces), at))
                self._pieces.append(mark)
            elif mark == "]":
                at = self._end_of_label(at)
            elif mark == "<":
                at = self._tag(token.start())
            else:
                self._pieces.append(_letter(mark) if mark[0] == "&" else mark)
        return "".join([*self._pieces, self._text[at:]])

    def _code(self, start: int, end: int) -> int:
        """Keep a span of code as it is, or backticks that begin none."""
        end = self._codes.end_of(start, end) or end
        self._pieces.append(self._text[start:end])
        return end

    def _end_of_label(self, at: int) -> int:
        """Take the brackets and the target of a link or picture away, if this ends its label."""
        opening = self._last_opening()
        end = None if opening is None else self._end_of_link(opening.label, at)
        if opening is None or end is None:
            self._pieces.append("]")
            return at
        self._pieces[opening.piece] = ""
        self._pieces.append(_rows_of(self._text[at:end]))
        if opening.mark == "[":  # no link is in a link
            self._inactive = len(self._open)
        return end

    def _last_opening(self) -> _Opening | None:
        """Take the last bracket that is open; None where it can begin no link."""
        opening = self._open.pop() if self._open else None
        is_inactive = len(self._open) < self._inactive
        self._inactive = min(self._inactive, len(self._open))
        return None if opening is None or (is_inactive and opening.mark == "[") else opening

    def _end_of_link(self, label: int, at: int) -> int | None:
        """The end of the target behind a label; None where it is no link."""
        if found := _TARGET.match(self._text, at):
            return found.end()
        name, end = self._text[label : min(at - 1, label + _LONGEST_NAME + 1)], at
        if found := _NAME.match(self._text, at):
            name, end = found[1] or name, found.end()
        is_known = len(name) <= _LONGEST_NAME and _key(name) in self._names
        return end if is_known else None

    def _tag(self, start: int) -> int:
        """Take a tag away, with what stands in a script; of a picture its description stays."""
        if unseen := _UNSEEN.match(self._text, start):
            closing = f"</{unseen[1]}>"
            rest = self._text[unseen.end() : unseen.end() + _MOST_UNSEEN]
            found = rest.lower().find(closing.lower())
            if found >= 0:
                end = unseen.end() + found + len(closing)
                self._pieces.append(_rows_of(self._text[start:end]))
                return end
        tag = _TAG.match(self._text, start)
        if tag is None:
            self._pieces.append("<")
            return start + 1
        element, attributes = tag["element"].lower(), tag["attributes"]
        alt = _ALT.search(attributes) if element == "img" else None
        words = (alt[1] or alt[2] or "") if alt else ""
        gap = "" if element in _IN_A_WORD else " "
        self._pieces.append(f"{words}{gap}{_rows_of(attributes)}")
        return tag.end()


def _letter(entity: str) -> str:
    """The letter of an entity; an unknown name stays as it is."""
    is_known = entity[1] == "#" or entity[1:] in html5
    return unescape(entity).replace("\xa0", " ") if is_known else entity


def _rows_of(text: str) -> str:
    return "\n" * text.count("\n")


def _key(name: str) -> str:
    """The name of a link as it is compared."""
    return " ".join(name.split()).casefold()

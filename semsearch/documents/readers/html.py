"""HTML to blocks: the main text, each row with the source line on which it begins.

The parser is the standard library's: of the parsers at hand it alone gives the source position of
each run of text. It does not know the end tags that may be omitted; they are supplied here.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import islice
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.front_matter import under_front_matter, without_front_matter
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail, title_named
from semsearch.documents.readers.html_navigation import Letters, Part, is_navigation, part_of

# Elements that start a new line in a browser:
# https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3
_BREAKS: Final = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt"
    " fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main"
    " menu ol p pre search section summary table tbody tfoot thead tr ul".split()
)
_BREAKS_IN_TABLE: Final = frozenset({"caption", "table", "tr"})
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_KEPT_WHOLE: Final = {
    "dl": BlockKind.LIST,
    "ol": BlockKind.LIST,
    "pre": BlockKind.CODE,
    "table": BlockKind.TABLE,
    "ul": BlockKind.LIST,
}
_UNSEEN: Final = frozenset(
    "button canvas datalist head iframe nav noscript object script select style svg template"
    " textarea title".split()
)
_FURNITURE_OF_BODY: Final = frozenset({"aside", "footer"})
_OF_HEAD: Final = frozenset("base link meta noscript script style template title".split())
_BLOCKS: Final = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section table"
    " ul".split()
)
# Open elements that a start tag ends, and the elements that limit its reach; from
# https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
_ENDS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_BLOCKS, frozenset({"p"})),
    "li": frozenset({"li", "p"}),
    **dict.fromkeys(("dd", "dt"), frozenset({"dd", "dt", "p"})),
    **dict.fromkeys(("td", "th"), frozenset({"caption", "td", "th", "p"})),
    "tr": frozenset({"caption", "tr", "td", "th", "p"}),
    **dict.fromkeys(
        ("thead", "tbody", "tfoot"),
        frozenset({"thead", "tbody", "tfoot", "tr", "td", "th", "caption", "p"}),
    ),
}
_BARRIERS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_BLOCKS, frozenset({"button", "caption", "table", "td", "th"})),
    "li": frozenset({"menu", "ol", "table", "td", "th", "ul"}),
    **dict.fromkeys(("dd", "dt"), frozenset({"dl", "table", "td", "th"})),
    **dict.fromkeys(("td", "th", "tr", "thead", "tbody", "tfoot"), frozenset({"table"})),
}
_DEEPEST_SEARCH: Final = 100  # open elements; real pages have a dozen
_VOID: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())
_CELL_SEPARATOR: Final = " | "
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_HIDING: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def read_html(data: bytes, *, is_book: bool = False, only_text: bool = True) -> Document:
    """Read the main text of a page; navigation, scripts, styles and hidden parts are left out.

    ``is_book`` says that the page is a chapter: its asides and footers are text, and its notes are
    read although readers of books hide them until they are called up. Without ``only_text`` no
    navigation is left out but ``<nav>`` and what stands beside the body's text.
    """
    declared = _CHARSET.search(data[:2048])
    page = decoded(data, declared[1].decode("ascii") if declared else None)
    text, before = without_front_matter(page.text)
    reader = _Reader(is_book=is_book, only_text=only_text and not is_book)
    reader.feed(_tamed(text))
    reader.close()
    document = under_front_matter(reader.document(), before)
    return replace(document, encoding=page.encoding, invalid_bytes=page.invalid_bytes)


def _tamed(page: str) -> str:
    """Return the page without constructs that the parser fails at; line numbers stay.

    A tag or comment that never ends is text, and a marked section (``<![``) a comment, as in a
    browser.
    """
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        last = page.rfind(closing) + 1
        page = page[:last] + page[last:].replace(opening, f"&lt;{opening[1:]}")
    return page.replace("<![", "<!x[")


@dataclass(slots=True)
class _Region:
    """An element that may be navigation, and what had been read where it began."""

    part: Part
    depth: int  # open elements, with this one
    blocks: int
    rows: int
    letters: Letters
    trail: HeadingTrail
    has_top_heading: bool


@dataclass(slots=True)
class _Row:
    """One row of a future block: its source lines and its words."""

    first: int
    last: int
    pieces: list[str]
    _joined: tuple[int, str] = (0, "")  # so many pieces, without spaces that no page shows

    @property
    def text(self) -> str:
        """The words, joined once while no piece is added."""
        if self._joined[0] != len(self.pieces):
            self._joined = (len(self.pieces), _collapsed(self.pieces))
        return self._joined[1]


class _Reader(HTMLParser):
    """Collects rows of text, and makes a block of them where a block element ends."""

    def __init__(self, *, is_book: bool, only_text: bool) -> None:
        self._is_book = is_book
        self._only_text = only_text
        super().__init__(convert_charrefs=False)  # a decoded newline is no source line
        self._blocks: list[Block] = []
        self._rows: list[_Row] = []
        self._joins = False  # whether text on this line continues the last row
        self._open: list[tuple[str, bool]] = []  # tag, and whether it hides its text
        self._depth: dict[str, int] = dict.fromkeys(_BREAKS | _UNSEEN, 0)
        self._hidden = 0
        self._regions: list[_Region] = []
        self._link: str | None = None  # where the text leads
        self._letters = Letters()  # that were read
        self._trail = HeadingTrail()
        self._has_top_heading = False
        self._title: list[str] = []

    def document(self) -> Document:
        """Return the document; the page's title heads it when there is no h1."""
        self._end_block()
        title = _collapsed(self._title)[:LONGEST_TITLE]
        if title and not self._has_top_heading:
            self._blocks = [b._replace(headings=(title, *b.headings)) for b in self._blocks]
        return Document(tuple(self._blocks), title=title_named(title))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_what_it_ends(tag)
        self._break(tag)
        if tag in ("td", "th") and self._rows and self._joins:
            self._rows[-1].pieces.append(_CELL_SEPARATOR)
        if tag in _VOID:
            return
        named, parent = dict(attrs), self._open[-1][0] if self._open else "body"
        self._link = named.get("href") if tag == "a" else self._link
        part = part_of(tag, named) if self._only_text and not self._hidden else Part.TEXT
        is_page_part = parent in ("body", "html") and not self._is_book
        hides = (
            tag in _UNSEEN
            or (tag in _FURNITURE_OF_BODY and is_page_part)
            or part is Part.NAVIGATION
            or (_is_hidden(named) and not (self._is_book and _is_note(named)))
        )
        self._open.append((tag, hides))
        if part is not Part.TEXT and tag in _BREAKS and not hides and not self._depth["table"]:
            self._begin_region(part)
        self._hidden += hides
        self._depth[tag] = self._depth.get(tag, 0) + 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._depth.get(tag):
            return  # an end tag without a start tag
        self._link = None if tag == "a" else self._link
        self._break(tag)
        while self._open:
            if self._regions and self._regions[-1].depth == len(self._open):
                self._end_region(self._regions.pop())
            ended, hides = self._open.pop()
            self._depth[ended] -= 1
            self._hidden -= hides
            if ended == tag:
                return

    def _begin_region(self, part: Part) -> None:
        counts = (len(self._open), len(self._blocks), len(self._rows), self._letters)
        trail = self._trail.copy()
        self._regions.append(_Region(part, *counts, trail, self._has_top_heading))

    def _end_region(self, region: _Region) -> None:
        """Take back an element that its content shows to be navigation."""
        if not any(self._depth[tag] for tag in _KEPT_WHOLE):
            self._end_block()
        letters = self._letters.since(region.letters)
        if not is_navigation(region.part, self._texts_since(region), letters):
            return
        if len(self._blocks) > region.blocks:
            self._rows.clear()
        del self._blocks[region.blocks :], self._rows[region.rows :]
        self._joins = False
        self._trail, self._has_top_heading = region.trail, region.has_top_heading
        self._letters = region.letters

    def _texts_since(self, region: _Region) -> Iterator[tuple[str, int]]:
        """The texts of an element, with their counts of rows."""
        for at in range(region.blocks, len(self._blocks)):
            yield self._blocks[at].text, len(self._blocks[at].lines)
        first = 0 if len(self._blocks) > region.blocks else region.rows
        for at in range(first, len(self._rows)):
            yield self._rows[at].text, 1

    def _end_what_it_ends(self, tag: str) -> None:
        """Supply the end tags that may be omitted before a start tag."""
        is_inert = self._depth["noscript"] or self._depth["template"]  # with all of their content
        if self._depth["head"] and tag not in _OF_HEAD and not is_inert:
            self.handle_endtag("head")
        ends, barriers = _ENDS.get(tag, frozenset()), _BARRIERS.get(tag, frozenset())
        if not any(self._depth.get(name) for name in ends):
            return
        outermost = None
        for name, _ in islice(reversed(self._open), _DEEPEST_SEARCH):
            if name in barriers:
                break
            if name in ends:
                outermost = name
        # Innermost first: each element ends its row or block.
        while outermost is not None and self._open:
            name = next(name for name, _ in reversed(self._open) if name in ends)
            self.handle_endtag(name)
            if name == outermost:
                return

    def handle_data(self, data: str) -> None:
        if self._depth["title"] and not self._depth["svg"]:
            self._title.append(data)
        if self._open and self._open[-1][0] == "head" and data.strip():
            self.handle_endtag("head")  # text outside of elements belongs to the body
        if self._hidden:
            return
        line, _ = self.getpos()
        for offset, row in enumerate(data.split("\n")):
            if offset and not self._depth["table"]:
                self._joins = False
            # In a table a line end separates words, not rows.
            ends_word = offset and self._depth["table"]
            self._add(f" {row}" if ends_word else row, line + offset)

    def handle_entityref(self, name: str) -> None:
        known = html.unescape(f"&{name};")
        self._reference(known if known != f"&{name};" else f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._reference(html.unescape(f"&#{name};"))

    def _reference(self, text: str) -> None:
        text = text.replace("\n", " ")  # it is no line end of the source
        if self._depth["title"] and not self._depth["svg"]:
            self._title.append(text)
        if not self._hidden:
            self._add(text, self.getpos()[0])

    def _add(self, text: str, line: int) -> None:
        self._letters = self._letters.with_text(text, self._link)
        if self._joins and self._rows:
            row = self._rows[-1]
            row.pieces.append(text)
            row.last = line if text.strip() else row.last
        elif text.strip() or self._depth["pre"]:
            self._rows.append(_Row(line, line, [text]))
            self._joins = True

    def _break(self, tag: str) -> None:
        """Begin a new row, and a new block outside of elements that are kept whole."""
        if tag not in _BREAKS:
            return
        if self._depth["table"] and tag not in _BREAKS_IN_TABLE | _HEADINGS.keys():
            if self._rows and self._joins:
                self._rows[-1].pieces.append(" ")  # a line end in a cell separates words
            return
        self._joins = False
        if tag in _KEPT_WHOLE or tag in _HEADINGS or not any(self._depth[t] for t in _KEPT_WHOLE):
            self._end_block()

    def _end_block(self) -> None:
        """Make a block of the rows; called before the tag that ends it leaves the stack."""
        rows, self._rows = self._rows, []
        self._joins = False
        level = next((_HEADINGS[tag] for tag in _HEADINGS if self._depth[tag]), None)
        kind = next((_KEPT_WHOLE[tag] for tag in _KEPT_WHOLE if self._depth[tag]), None)
        if self._depth["pre"]:
            kept = _without_blank_ends([("".join(row.pieces).rstrip(), row) for row in rows])
        else:
            kept = [(text, row) for row in rows if (text := row.text)]
        if not kept:
            return
        text = "\n".join(text for text, _ in kept)
        if level is not None:
            kind = BlockKind.HEADING
            self._has_top_heading |= level == 1
            self._trail.enter(level, " ".join(text.split()))
        self._blocks.append(
            Block(
                kind or BlockKind.PARAGRAPH,
                text,
                lines=[row.first for _, row in kept],
                headings=self._trail.titles,
                last_lines=[row.last for _, row in kept],
            )
        )


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDING.search(attributes.get("style") or "") is not None
    )


def _is_note(attributes: dict[str, str | None]) -> bool:
    """Whether an element is a note of a book (EPUB structural semantics, DPUB-ARIA)."""
    kinds = f"{attributes.get('epub:type') or ''} {attributes.get('role') or ''}".lower().split()
    return any("note" in kind and "noteref" not in kind for kind in kinds)


def _collapsed(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def _without_blank_ends(rows: list[tuple[str, _Row]]) -> list[tuple[str, _Row]]:
    filled = [number for number, (text, _) in enumerate(rows) if text.strip()]
    return rows[filled[0] : filled[-1] + 1] if filled else []

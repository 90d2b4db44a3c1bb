"""The only module that imports lxml: the elements of an HTML page, as libxml2 makes them.

libxml2 tells the line of each start tag. It is led around the constructs at which it would lose
text; pages with such constructs are seen in folders, if rarely.
"""

import re
from typing import Final

from lxml import etree

Element = etree._Element

LAST_LINE: Final = 65_535  # libxml2's number for this line and all behind it
LINE_MARK: Final = "\ufdd0"  # no character of a text (Unicode): a line of the source ends there
# Text behind the end tags of a page, which may be omitted, would be lost to libxml2; the markup in
# noframes, where pages with frames hold their text, would be text.
_DROPPED: Final = re.compile(r"</(?:body|html)\s*>|</?noframes\b[^>]*>", re.IGNORECASE)
# Without its end tag, what follows a title would all be the title.
_UNENDED_TITLE: Final = re.compile(r"<title\b[^>]*>(?![^<]{0,2000}</title)", re.IGNORECASE)
_TABLE_TAG: Final = re.compile(r"<(/?)(table|tr|td|th|tbody|thead|tfoot)\b[^>]*>", re.IGNORECASE)
_BROKEN_END: Final = re.compile(r"</[a-zA-Z][\w:-]*+\s++>")
_LINE_END_REFERENCES: Final = re.compile(r"&(?:#0*10|#x0*a|NewLine)\b;?", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
_VOID: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())
_DEEPEST: Final = 1000  # open elements; libxml2 gives up at 2,048, real pages have some dozens


def root_of(page: str) -> Element | None:
    """Return the root element of a page; None for a page without elements or text."""
    page = _tamed(page)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    root = etree.fromstring(page.encode("utf-8", "replace"), parser)
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        root = etree.fromstring(_flattened(page).encode("utf-8", "replace"), parser)
    return root


def _tamed(page: str) -> str:
    """Return the page without constructs at which libxml2 loses text or lines.

    A tag or comment that never ends is text. A line end that a reference stands for is no line end
    of the source; one within an end tag is marked behind it.
    """
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        last = page.rfind(closing) + 1
        page = page[:last] + page[last:].replace(opening, f"&lt;{opening[1:]}")
    page = _UNENDED_TITLE.sub("", _DROPPED.sub("", page))
    page = _BROKEN_END.sub(_with_marks, _without_stray_cells(page))
    return _LINE_END_REFERENCES.sub(" ", page)


def _without_stray_cells(page: str) -> str:
    """Return the page without rows and cells that stand in no table.

    libxml2 ends no element around them, so that navigation would go on to the end of the page.
    """
    tables = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal tables
        if tag[2].lower() == "table":
            tables = max(0, tables + (-1 if tag[1] else 1))
        elif not tables:
            return " " + "\n" * tag[0].count("\n")
        return tag[0]

    return _TABLE_TAG.sub(kept, page)


def _with_marks(end: re.Match[str]) -> str:
    return end[0] + LINE_MARK * end[0].count("\n")


def _flattened(page: str) -> str:
    """Return the page without the tags of elements that stand too deep in others."""
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        ends, name = tag.groups()
        if name.lower() in _VOID or tag[0].endswith("/>"):
            return tag[0]
        is_deep = depth >= _DEEPEST if not ends else depth > _DEEPEST
        depth += -1 if ends else 1
        return " " + "\n" * tag[0].count("\n") if is_deep else tag[0]

    return _TAG.sub(kept, page)


def steps_of(root: Element) -> "etree.iterwalk[tuple[str, Element]]":
    """Walk through a page: (event, element), the event ``start``, ``end`` or that of a comment.

    ``skip_subtree`` of the walk leaves out what is in the element that has just started.
    """
    return etree.iterwalk(root, events=("start", "end", "comment", "pi"))


def line_of(element: Element, before: int) -> int:
    """Return the line on which an element begins; ``before`` where libxml2 does not tell it."""
    line = element.sourceline
    return before if line is None or line >= LAST_LINE else line


def line_behind(element: Element, before: int) -> int:
    """Return the line on which an element ends that begins on the line ``before``."""
    *_, last = element.iter()
    if last.sourceline is None or last.sourceline >= LAST_LINE:
        return before + "".join(element.itertext()).count("\n")
    line = last.sourceline + (last.text or "").count("\n")
    behind: Element | None = last
    while behind is not element and behind is not None:
        line += (behind.tail or "").count("\n")
        behind = behind.getparent()
    return line

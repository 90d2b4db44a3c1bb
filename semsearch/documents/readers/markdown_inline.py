"""Links, HTML tags and entities in the text of a Markdown note, as its page shows them.

Syntax of links: CommonMark 0.31.2, sections 4.7 and 6.3.
"""

import re
from collections.abc import Iterable
from html import unescape
from html.entities import html5
from typing import Final

_HINTS: Final = ("](", "][", "]: ", "<", "&")  # a text without them stays as it is
_CODE: Final = r"(?<![`\\])(?P<mark>`+)(?!`)(?:[^`]|(?!(?P=mark)(?!`))`+){1,1000}?(?P=mark)(?!`)"
_PLAIN: Final = r"[^\[\]\\`]|\\.|`[^`\n]{0,200}`|`"
_TARGET: Final = (
    r"\([ \t]*(?:<[^<>\n]*>|(?:[^\s()\\]|\\.|\((?:[^\s()]|\([^\s()]*\))*\)){0,2000}+)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_INNER: Final = rf"!?\[(?:{_PLAIN}){{0,300}}\](?:{_TARGET}|\[[^\[\]\n]*\])?"  # a picture in a link
_LABEL: Final = rf"(?:{_PLAIN}|{_INNER}){{0,1000}}"
_LINK: Final = (
    rf"(?<!\\)!?\[(?P<label>{_LABEL}?)\](?P<target>{_TARGET}|\[(?P<name>[^\[\]\n]{{0,200}})\])"
)
_ELEMENTS: Final = (  # others may be placeholders: <name>
    "a|abbr|address|article|aside|audio|b|big|blockquote|br|caption|center|cite|code|col|colgroup|"
    "dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img|"
    "ins|kbd|li|main|mark|nav|ol|p|picture|pre|q|s|samp|section|small|source|span|strike|strong|"
    "sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video|wbr"
)
_TAG: Final = (
    rf"</?(?P<element>{_ELEMENTS})(?P<attributes>(?:\s+(?:[^<>\"'\s]|\"[^\"]*\"|'[^']*')*)*+)/?>"
)
_UNSEEN: Final = r"<(?P<unseen>script|style)(?:\s[^<>]*)?>.{0,2000}?</(?P=unseen)>"
_ENTITY: Final = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_SHOWN: Final = re.compile(
    "|".join((f"(?P<code>{_CODE})", f"(?P<link>{_LINK})", _UNSEEN, f"(?P<tag>{_TAG})", _ENTITY)),
    re.DOTALL | re.IGNORECASE,
)
_IN_A_WORD: Final = frozenset(
    "a abbr b big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub"
    " sup tt u var wbr".split()
)
_ALT: Final = re.compile(r"\salt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_DEFINITION: Final = re.compile(
    r" {0,3}\[([^\[\]^\n][^\[\]\n]{0,200})\]:[ \t]*(?:<[^<>]*>|[^\s<>]*[/.#:@][^\s<>]*)"
    r"(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*$"
)
_MOST_INNER: Final = 2  # a picture in the label of a link


def is_plain(text: str) -> bool:
    """Whether a text has neither links nor tags nor entities."""
    return not any(hint in text for hint in _HINTS)


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
    if is_plain(text):
        return text
    known = frozenset(names)
    return _shown(text, known, _MOST_INNER)


def _shown(text: str, names: frozenset[str], depth: int) -> str:
    def replaced(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        if found["link"]:
            return label_of(found)
        if found["unseen"]:
            return _rows_of(found[0])
        return tag_of(found) if found["tag"] else _letter(found[0])

    def label_of(found: re.Match[str]) -> str:
        label = found["label"]
        if found["name"] is not None and _key(found["name"] or label) not in names:
            return found[0]
        inner = _shown(label, names, depth - 1) if depth else label
        return inner + _rows_of(found["target"])

    def tag_of(found: re.Match[str]) -> str:
        alt = _ALT.search(found["attributes"]) if found["element"].lower() == "img" else None
        words = (alt[1] or alt[2] or "") if alt else ""
        gap = "" if found["element"].lower() in _IN_A_WORD else " "
        return f"{words}{gap}{_rows_of(found['attributes'])}"

    return _SHOWN.sub(replaced, text)


def _letter(entity: str) -> str:
    """The letter of an entity; an unknown name stays as it is."""
    is_known = entity[1] == "#" or entity[1:] in html5
    return unescape(entity).replace("\xa0", " ") if is_known else entity


def _rows_of(text: str) -> str:
    return "\n" * text.count("\n")


def _key(name: str) -> str:
    """The name of a link as it is compared."""
    return " ".join(name.split()).casefold()

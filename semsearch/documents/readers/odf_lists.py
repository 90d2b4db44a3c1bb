"""Numbers of lists and headings in OpenDocument texts (ISO/IEC 26300, part 3, 5.3 and 16.30)."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.list_numbers import (
    BULLET,
    NONE,
    Level,
    ListCounter,
)
from semsearch.documents.readers.odf_styles import OdfStyles
from semsearch.documents.readers.zip_package import Element, attribute, local, whole

_KINDS: Final = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "01, 02, 03, ...": "decimalZero", "": NONE,  # the former as LibreOffice writes it
}  # fmt: skip
_COLUMNS: Final = {"lowerLetter": "lowerColumn", "upperLetter": "upperColumn"}  # "aa", "ab", …
_LEVEL: Final = re.compile(r"%(\d)%")  # in the text of a level, as LibreOffice writes it
_LEVELS: Final = frozenset(
    {"list-level-style-number", "list-level-style-bullet", "list-level-style-image"}
    | {"outline-level-style"}
)
_COUNTED: Final = ("}list", "}h", "}tracked-changes")
_ITEMS: Final = frozenset({"list-item", "list-header"})
_OUTLINE: Final = "outline-style"  # no list style's name has a place in the table of those
_DEEPEST: Final = 50  # lists in lists


class Numbers:
    """The numbers of the paragraphs and headings below an element, counted in its order."""

    def __init__(self, root: Element, styles: OdfStyles) -> None:
        self._styles = styles
        self._levels: dict[str, dict[int, Level]] = {}
        self._counters: dict[str, ListCounter] = {}  # by the list's identity, or its style's name
        self._found: dict[Element, str] = {}
        self._seen: set[Element] = set()
        outline = ListCounter(counts_skipped=True)
        for element in root.iter():
            if not element.tag.endswith(_COUNTED):
                continue
            kind = local(element.tag)
            if kind == "tracked-changes":  # what was deleted is not counted
                self._seen.update(element.iter())
            elif kind == "list" and element not in self._seen:
                self._list(element)
            elif kind == "h" and element not in self._seen:
                self._found[element] = self._of_heading(element, outline)

    def number(self, paragraph: Element) -> str:
        """Return the number of a paragraph or heading; "" for one without or with a bullet."""
        return self._found.get(paragraph, "")

    def _list(self, element: Element) -> None:
        style = attribute(element, "style-name") or ""
        before = attribute(element, "continue-list")
        if before is None and attribute(element, "continue-numbering") == "true":
            before = style
        counter = self._counters.get(before) if before else None
        if counter is None:
            counter = ListCounter(counts_skipped=True)
        for name in (style, attribute(element, "id") or ""):
            self._counters[name] = counter
        self._items(element, style, 0, counter)

    def _items(self, element: Element, style: str, level: int, counter: ListCounter) -> None:
        self._seen.add(element)
        for item in element:
            if local(item.tag) not in _ITEMS:
                continue
            of_item = attribute(item, "style-override") or style
            start = whole(attribute(item, "start-value"))
            is_counted = local(item.tag) == "list-item"
            for child in item:
                if local(child.tag) == "list" and level < _DEEPEST:
                    is_counted = False  # an item of lists alone has no number of its own
                    inner = attribute(child, "style-name") or style
                    self._items(child, inner, level + 1, counter)
                elif local(child.tag) in ("p", "h"):
                    self._seen.add(child)
                    if is_counted:
                        name = of_item or self._styles.list_style(child) or ""
                        number = counter.number(self._levels_of(name), level, start)
                        self._found[child] = number
                    is_counted = False

    def _of_heading(self, heading: Element, counter: ListCounter) -> str:
        levels = self._levels_of(_OUTLINE)
        level = (whole(attribute(heading, "outline-level")) or 1) - 1
        is_out = (
            attribute(heading, "is-list-header") == "true" or self._styles.list_style(heading) == ""
        )
        if is_out or level not in levels:
            return ""
        start = None
        if attribute(heading, "restart-numbering") == "true":
            start = whole(attribute(heading, "start-value")) or levels[level].start
        return counter.number(levels, level, start)

    def _levels_of(self, style: str) -> dict[int, Level]:
        if style not in self._levels:
            self._levels[style] = dict(_levels(self._styles.list_levels(style)))
        return self._levels[style]


def _levels(style: Element | None) -> Iterator[tuple[int, Level]]:
    kinds: dict[int, str] = {}
    for element in () if style is None else style:
        if local(element.tag) not in _LEVELS:
            continue
        at = (whole(attribute(element, "level")) or 1) - 1
        kinds[at] = _kind(element)
        start = whole(attribute(element, "start-value"))
        text = _text(element, at, kinds) if kinds[at] not in (NONE, BULLET) else ""
        yield at, Level(1 if start is None else start, kinds[at], text)


def _kind(element: Element) -> str:
    if local(element.tag) in ("list-level-style-bullet", "list-level-style-image"):
        return BULLET
    kind = _KINDS.get(attribute(element, "num-format") or "", "decimal")
    is_repeated = attribute(element, "num-letter-sync") == "true"
    return kind if is_repeated else _COLUMNS.get(kind, kind)


def _text(element: Element, at: int, kinds: dict[int, str]) -> str:
    written = attribute(element, "num-list-format")
    if written is not None:
        return _LEVEL.sub(r"%\1", written)
    shown = whole(attribute(element, "display-levels")) or 1
    above = range(max(0, at + 1 - shown), at + 1)
    numbers = ".".join(f"%{n + 1}" for n in above if kinds.get(n, NONE) not in (NONE, BULLET))
    prefix, suffix = attribute(element, "num-prefix"), attribute(element, "num-suffix")
    return f"{prefix or ''}{numbers}{suffix or ''}"

"""Numbers of lists and headings in Word documents (ECMA-376, part 1, 17.9)."""

from typing import Final

from semsearch.documents.readers.docx_styles import Styles
from semsearch.documents.readers.list_numbers import (
    DECIMAL,
    Level,
    Numbering,
    NumberingCounter,
)
from semsearch.documents.readers.ooxml import child_named, children, is_on
from semsearch.documents.readers.zip_package import Element, attribute, local, whole

_NO_LIST: Final = "0"  # takes a paragraph out of the list of its style (17.9.18)
_LAST_LEVEL: Final = 8  # (17.9.3)
_LONGEST_CHAIN: Final = 10  # lists that take their levels from a style with another list
_LONGEST_TEXT: Final = 200  # characters of a number with its signs


class Numbers:
    """Counts the numbered paragraphs of a document, in the order of the text."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._definitions: dict[str | int, dict[int, Level]] = {}
        self._linked: dict[str, int] = {}  # levels by the style of their paragraphs
        self._links: dict[str | int, str] = {}  # styles from which definitions take their levels
        self._numberings: dict[str, Numbering] = {}
        self._counter = NumberingCounter()
        for element in () if root is None else root:
            if local(element.tag) == "abstractNum":
                self._define(element)
            elif local(element.tag) == "num":
                self._numberings[attribute(element, "numId") or ""] = _numbering(element)

    def _define(self, element: Element) -> None:
        identity = attribute(element, "abstractNumId") or ""
        self._definitions[identity] = dict(_levels(element))
        if link := _value(element, "numStyleLink"):
            self._links[identity] = link
        for level in children(element):
            if local(level.tag) == "lvl" and (style := _value(level, "pStyle")):
                self._linked[style] = whole(attribute(level, "ilvl")) or 0

    def is_item(self, properties: Element | None) -> bool:
        """Whether a paragraph is in a list by its own properties."""
        own = child_named(properties, "numPr")
        return own is not None and _value(own, "numId") != _NO_LIST

    def number(self, properties: Element | None) -> str:
        """Count a paragraph; returns its number, "" for one without or with a bullet."""
        if not self._numberings:
            return ""
        own = child_named(properties, "numPr")
        list_id = _value(own, "numId") or None
        level = whole(_value(own, "ilvl"))
        if list_id is None:
            of_style = self._styles.numbering(properties)
            if of_style is None:
                return ""
            list_id = of_style.list_id
            if level is None:
                level = self._linked.get(of_style.style, of_style.level)
        numbering = self._numberings.get(list_id)
        if numbering is None or list_id == _NO_LIST:
            return ""
        numbering = numbering._replace(definition=self._resolved(numbering.definition))
        defined = self._definitions.get(numbering.definition, {})
        return self._counter.number(list_id, numbering, defined, min(level or 0, _LAST_LEVEL))

    def _resolved(self, definition: str | int) -> str | int:
        """The definition with the levels: some only name a style that has them (17.9.21)."""
        for _ in range(_LONGEST_CHAIN):
            list_id = self._styles.list_of(self._links.get(definition, ""))
            numbering = self._numberings.get(list_id or "")
            if numbering is None or self._definitions.get(definition):
                break
            definition = numbering.definition
        return definition


def _numbering(element: Element) -> Numbering:
    levels: dict[int, Level] = {}
    starts: dict[int, int] = {}
    for override in children(element):
        if local(override.tag) == "lvlOverride":
            at = whole(attribute(override, "ilvl")) or 0
            start = whole(_value(override, "startOverride"))
            if start is not None:
                starts[at] = start
            levels |= _levels(override)
    return Numbering(_value(element, "abstractNumId"), levels, starts)


def _levels(element: Element) -> dict[int, Level]:
    return {
        whole(attribute(level, "ilvl")) or 0: Level(
            whole(_value(level, "start")) or 0,
            _value(level, "numFmt") or DECIMAL,
            _value(level, "lvlText")[:_LONGEST_TEXT],
            whole(_value(level, "lvlRestart")),
            is_on(child_named(level, "isLgl")) or False,
        )
        for level in children(element)
        if local(level.tag) == "lvl"
    }


def _value(element: Element | None, name: str) -> str:
    child = child_named(element, name)
    return "" if child is None else attribute(child, "val") or ""

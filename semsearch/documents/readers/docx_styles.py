"""Styles of Word documents (ECMA-376, part 1, 17.7): headings and hidden text, inherited."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from semsearch.documents.readers.list_numbers import whole_number
from semsearch.documents.readers.ooxml import child_named, is_on
from semsearch.documents.readers.zip_package import Element, attribute, local

_HEADING: Final = re.compile(r"heading ([1-9])", re.IGNORECASE)
_BODY_TEXT: Final = 9  # the outline level of text that is no heading (17.3.1.20)
_LONGEST_CHAIN: Final = 50  # styles, each based on the next; Word allows fewer


class StyleList(NamedTuple):
    """The list that a style puts its paragraphs into, and the level in it, from 0."""

    style: str
    list_id: str
    level: int


@dataclass(frozen=True, slots=True)
class _Style:
    identity: str
    name: str
    based_on: str | None
    outline: int | None
    is_hidden: bool | None
    list_id: str | None
    list_level: int | None


class Styles:
    """The styles of a document; a paragraph without a style has the default one."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, _Style] = {}
        self._lists: dict[str | None, StyleList | None] = {}  # by style, once they were asked for
        self._default: str | None = None
        self._is_hidden = False
        for element in () if root is None else root:
            if local(element.tag) == "docDefaults":
                runs = child_named(child_named(element, "rPrDefault"), "rPr")
                self._is_hidden = is_on(child_named(runs, "vanish")) or False
            identity = attribute(element, "styleId")
            if identity is not None:
                self._styles[identity] = _style(element)
                is_default = attribute(element, "default") in ("1", "true", "on")
                if is_default and attribute(element, "type") == "paragraph":
                    self._default = identity

    def level(self, properties: Element | None) -> int | None:
        """Return the level of a paragraph that is a heading: 0 for a title; else None."""
        own = _outline(properties)
        if own is not None:
            return None if own == _BODY_TEXT else own + 1
        for at, style in enumerate(self._chain(_style_of(properties, "pStyle") or self._default)):
            if match := _HEADING.fullmatch(style.name):
                return int(match[1])
            if style.name.lower() == "title":
                return 0
            if style.outline is not None:
                return None if style.outline == _BODY_TEXT else style.outline + 1
            if at == 0 and style.name.lower() == "subtitle":
                return None
        return None

    def is_hidden(self, run: Element | None, paragraph: Element | None) -> bool:
        """Whether a run is not shown, by its properties and those of its paragraph.

        The property of a paragraph's and a run's style is a switch: both together show (17.7.3).
        """
        own = is_on(child_named(run, "vanish"))
        if own is not None:
            return own
        by_paragraph = self._hidden(_style_of(paragraph, "pStyle") or self._default)
        by_run = self._hidden(_style_of(run, "rStyle"))
        if by_paragraph is None and by_run is None:
            return self._is_hidden
        return bool(by_paragraph) != bool(by_run)

    def numbering(self, properties: Element | None) -> StyleList | None:
        """Return the list that a paragraph is in by its style; None without one."""
        identity = _style_of(properties, "pStyle") or self._default
        if identity not in self._lists:
            self._lists[identity] = self._list_of_chain(identity)
        return self._lists[identity]

    def _list_of_chain(self, identity: str | None) -> StyleList | None:
        chain = self._chain(identity)
        listed = [style for style in chain if (style.list_id, style.list_level) != (None, None)]
        list_id = next((style.list_id for style in listed if style.list_id is not None), None)
        level = next((s.list_level for s in listed if s.list_level is not None), 0)
        return None if list_id is None else StyleList(listed[0].identity, list_id, level)

    def list_of(self, identity: str) -> str | None:
        """Return the list that a style names; None without one."""
        found = self._styles.get(identity)
        return None if found is None else found.list_id

    def _hidden(self, identity: str | None) -> bool | None:
        return next((s.is_hidden for s in self._chain(identity) if s.is_hidden is not None), None)

    def _chain(self, identity: str | None) -> list[_Style]:
        """A style and those that it is based on."""
        chain: list[_Style] = []
        while identity in self._styles and len(chain) < _LONGEST_CHAIN:
            chain.append(self._styles[identity])
            identity = chain[-1].based_on
        return chain


def _style(element: Element) -> _Style:
    name = child_named(element, "name")
    based_on = child_named(element, "basedOn")
    properties = child_named(element, "pPr")
    numbering = child_named(properties, "numPr")
    list_id, level = child_named(numbering, "numId"), child_named(numbering, "ilvl")
    at = "" if level is None else attribute(level, "val") or ""
    return _Style(
        attribute(element, "styleId") or "",
        "" if name is None else attribute(name, "val") or "",
        None if based_on is None else attribute(based_on, "val"),
        _outline(properties),
        is_on(child_named(child_named(element, "rPr"), "vanish")),
        None if list_id is None else attribute(list_id, "val"),
        whole_number(at),
    )


def _outline(properties: Element | None) -> int | None:
    level = child_named(properties, "outlineLvl")
    text = "" if level is None else attribute(level, "val") or ""
    number = whole_number(text)
    return number if number is not None and number <= _BODY_TEXT else None


def _style_of(properties: Element | None, name: str) -> str | None:
    style = child_named(properties, name)
    return None if style is None else attribute(style, "val")

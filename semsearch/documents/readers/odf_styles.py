"""Styles of OpenDocument files (ISO/IEC 26300): what they hide, inherited from their parents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from semsearch.documents.readers.zip_package import Element, attribute, local

_LONGEST_CHAIN: Final = 50  # styles, each with the next as its parent
_HIDDEN: Final = {  # properties by which a style hides what has it
    ("text-properties", "display"): "none",
    ("table-properties", "display"): "false",
    ("drawing-page-properties", "visibility"): "hidden",
}


@dataclass(frozen=True, slots=True)
class _Style:
    parent: str | None
    is_hidden: bool | None
    master_page: str | None
    shows_footer: bool
    list_style: str | None


class OdfStyles:
    """The styles of a document, by family and name."""

    def __init__(self, roots: Iterable[Element | None]) -> None:
        self._styles: dict[tuple[str, str], _Style] = {}
        self._lists: dict[str, Element] = {}
        for root in roots:
            for element in () if root is None else root.iter():
                name = local(element.tag)
                if name == "style":
                    self.add(element)
                elif name == "list-style":
                    self._lists[attribute(element, "name") or ""] = element
                elif name == "outline-style":
                    self._lists[name] = element

    def add(self, element: Element) -> None:
        """Take one style."""
        key = (attribute(element, "family") or "", attribute(element, "name") or "")
        self._styles[key] = _style(element)

    def is_hidden(self, family: str, name: str | None) -> bool | None:
        """Whether a style hides; None where it does not say."""
        return next(
            (s.is_hidden for s in self._chain(family, name) if s.is_hidden is not None), None
        )

    def shows_footer(self, name: str | None) -> bool:
        """Whether slides of this style show the footer."""
        return any(style.shows_footer for style in self._chain("drawing-page", name))

    def list_style(self, paragraph: Element) -> str | None:
        """The list style that a paragraph's style names; "" for none, None if it is silent."""
        chain = self._chain("paragraph", attribute(paragraph, "style-name"))
        return next((s.list_style for s in chain if s.list_style is not None), None)

    def list_levels(self, style: str) -> Element | None:
        """The element with the levels of a list style; "outline-style" has those of headings."""
        return self._lists.get(style)

    def master_pages(self) -> set[str]:
        """The names of the pages that styles begin."""
        return {style.master_page for style in self._styles.values() if style.master_page}

    def _chain(self, family: str, name: str | None) -> Iterator[_Style]:
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get((family, name or ""))
            if style is None:
                return
            yield style
            name = style.parent


def _style(element: Element) -> _Style:
    is_hidden = None
    shows_footer = False
    for properties in element:
        for key, value in properties.items():
            hiding = _HIDDEN.get((local(properties.tag), local(key)))
            if hiding is not None:
                is_hidden = value == hiding
            shows_footer |= local(key) == "display-footer" and value == "true"
    parent = attribute(element, "parent-style-name")
    list_style = attribute(element, "list-style-name")
    if attribute(element, "default-outline-level") is not None:
        list_style = None  # as old versions wrote "" in styles of headings, which are numbered
    page = attribute(element, "master-page-name")
    return _Style(parent, is_hidden, page, shows_footer, list_style)

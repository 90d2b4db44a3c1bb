"""A page as a tree, made ready to be walked through: what a browser draws and no text says."""

from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.html_style_sheet import hidden_elements
from semsearch.documents.readers.html_tree import Element

_CONTROLS: Final = ("button", "input", "select", "textarea")
_MAIN: Final = frozenset({"article", "main", "section"})


class PageTree:
    """A page; boxes of forms, bars of fractions and cells of formulas divide the words around."""

    def __init__(self, root: Element) -> None:
        """Make the tree of a page ready; its lines stay as they are."""
        self._has_main = next(root.iter("main"), None) is not None
        for control in root.iter(*_CONTROLS, "mtd", "mtr"):
            control.tail = f" {control.tail or ''}"
        for fraction in root.iter("mfrac"):
            if len(fraction):
                fraction[0].tail = f"/{fraction[0].tail or ''}"
        closed = (dialog for dialog in root.iter("dialog") if "open" not in dialog.attrib)
        for element in (*closed, *hidden_elements(root)):
            element.set("hidden", "")

    def is_beside(self, element: Element) -> bool:
        """Whether an aside or footer is one of the whole page, not of a text in it."""
        parent = element.getparent()
        if parent is not None and parent.tag == "p":  # libxml2 lets it go on to its end tag
            parent = parent.getparent()
        if parent is None or parent.tag in ("body", "html"):
            return True
        return self._has_main and all(one.tag not in _MAIN for one in element.iterancestors())


def labels_of(drawing: Element) -> Iterator[Element]:
    """Yield the texts of a drawing (SVG), without those for browsers that show no HTML in it."""
    for text in drawing.iter("text", "foreignobject"):
        around = text.getparent()
        if around is None or around.tag != "switch" or text is around[0]:
            yield text


def is_mark_of_place(link: Element) -> bool:
    """Whether a link in a heading leads but to the heading, as "¶" and "§" do."""
    is_here = (link.get("href") or "").startswith("#")
    return is_here and not any(map(str.isalnum, "".join(link.itertext())))


def is_mark_of_note(link: Element) -> bool:
    """Whether a link is a number that stands higher than the line, as that of a footnote does."""
    is_here = (link.get("href") or "").startswith("#")
    parent, first = link.getparent(), next(iter(link), None)
    is_within = parent is not None and parent.tag == "sup" and not (parent.text or "").strip()
    has_within = first is not None and first.tag == "sup" and not (link.text or "").strip()
    return is_here and (is_within or has_within)

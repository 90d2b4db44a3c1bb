"""What the style sheets within an HTML page hide (CSS 2.2), where no script may show it."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.html_tree import Element
from semsearch.documents.readers.html_visibility import UNSEEN_STYLE

_BRACE: Final = re.compile("[{}]")
_SIMPLE: Final = re.compile(r"([a-zA-Z][\w-]*)?([.#][\w-]+)")  # p.note, .note, #note
_NAME: Final = re.compile(r"[.#][\w-]+")
_SHOWS: Final = re.compile(r"(?:display\s*:(?!\s*none)|visibility\s*:\s*visible)", re.IGNORECASE)
_MOST: Final = 1_000_000  # characters of style sheets that are looked at


def hidden_elements(root: Element) -> Iterator[Element]:
    """Yield the elements that a class or an id hides which no rule shows again.

    A page with scripts has none: they may show what is hidden at first, such as the tabs of a text.
    """
    sheets = "\n".join(sheet.text or "" for sheet in root.iter("style"))[:_MOST]
    if "none" not in sheets.lower() and "hidden" not in sheets.lower():
        return
    if next(root.iter("script"), None) is not None:
        return
    first, *others = sheets.split("/*")  # comments
    hidden = _hiding_selectors(first + "".join(other.partition("*/")[2] for other in others))
    for element in root.iter("*") if hidden else ():
        names = [f".{name}" for name in (element.get("class") or "").split()]
        names += [f"#{element.get('id')}"]
        if any((name in hidden or str(element.tag) + name in hidden) for name in names):
            yield element


def _hiding_selectors(sheets: str) -> set[str]:
    """The selectors of one class or id, by themselves or with an element's name."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for selectors, style, is_conditional in _rules(sheets):
        if _SHOWS.search(style):
            shown.update(_NAME.findall(selectors))
        elif UNSEEN_STYLE.search(style) and not is_conditional:
            hidden.update(selector.strip() for selector in selectors.split(","))
    simple = ((selector, _SIMPLE.fullmatch(selector)) for selector in hidden)
    return {selector for selector, match in simple if match and match[2] not in shown}


def _rules(sheets: str) -> Iterator[tuple[str, str, bool]]:
    """The rules, each with its selectors, and whether it holds for some media only."""
    start = depth = 0
    selectors: str | None = None
    for brace in _BRACE.finditer(sheets):
        text = sheets[start : brace.start()]
        start = brace.end()
        if brace[0] == "{":
            depth += 1
            selectors = text.rpartition(";")[2].replace("<!--", "")
            continue
        if selectors is not None:
            yield selectors, text, depth > 1
        selectors = None
        depth = max(0, depth - 1)

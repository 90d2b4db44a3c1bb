"""Which elements of an HTML page nobody sees, whatever stands in them."""

import re
from collections.abc import Mapping
from typing import Final

from semsearch.documents.readers.html_tree import Element

UNSEEN: Final = frozenset(
    "annotation annotation-xml audio button canvas datalist head iframe meter nav noscript progress"
    " rp rt rtc script select style svg template textarea title video".split()
)
HIDING: Final = ("hidden", "aria-hidden", "style")  # attributes that may hide an element
UNSEEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE
)
# Classes of the numbers beside lines of code: Pygments, Doxygen, cgit, rustdoc, Chroma, Rouge.
# Prism gives such a name to the code itself, and forms to their rows: text and place must agree.
_LINE_NUMBERS: Final = frozenset(
    "linenos linenodiv lineno linenumbers src-line-numbers ln lnt line-number line-numbers".split()
)
_NUMBERS: Final = re.compile(r"[\d\s]*+")


def is_line_numbers(element: Element, *, in_code: bool) -> bool:
    """Whether an element has but numbers of lines of code; ``in_code`` if it stands in ``pre``."""
    classes = element.get("class")
    if not classes or _LINE_NUMBERS.isdisjoint(classes.split()):
        return False
    if not (in_code or _has_lines_of_code(element)):
        return False
    return all(_NUMBERS.fullmatch(text) for text in element.itertext())


def _has_lines_of_code(element: Element) -> bool:
    """Whether an element is or has preformatted text, or stands in a line of Doxygen's."""
    around = element.getparent()
    return (
        element.tag == "pre"
        or element.find(".//pre") is not None
        or (around is not None and "line" in (around.get("class") or "").split())
    )


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether the attributes of an element hide it."""
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or ("style" in attributes and UNSEEN_STYLE.search(attributes["style"]) is not None)
    )


def is_note(attributes: Mapping[str, str]) -> bool:
    """Whether an element is a note of a book (EPUB structural semantics, DPUB-ARIA)."""
    kinds = f"{attributes.get('epub:type', '')} {attributes.get('role', '')}".lower().split()
    return any("note" in kind and "noteref" not in kind for kind in kinds)

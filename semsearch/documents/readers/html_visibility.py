"""Which elements of an HTML page nobody sees, whatever stands in them."""

import re
from collections.abc import Mapping
from typing import Final

UNSEEN: Final = frozenset(
    "annotation annotation-xml audio button canvas datalist head iframe meter nav noscript progress"
    " rp rt rtc script select style svg template textarea title video".split()
)
HIDING: Final = ("hidden", "aria-hidden", "style")  # attributes that may hide an element
UNSEEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE
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

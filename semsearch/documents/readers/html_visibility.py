"""Which elements of an HTML page nobody sees, whatever stands in them."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

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


def is_line_numbers(classes: str, texts: Iterable[str], *, in_code: bool) -> bool:
    """Whether an element of these ``classes`` and ``texts`` has but numbers of lines of code."""
    return (
        in_code and may_be_line_numbers(classes) and all(_NUMBERS.fullmatch(one) for one in texts)
    )


def may_be_line_numbers(classes: str) -> bool:
    """Whether an element of these classes may have numbers of lines."""
    return bool(classes) and not _LINE_NUMBERS.isdisjoint(classes.split())


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

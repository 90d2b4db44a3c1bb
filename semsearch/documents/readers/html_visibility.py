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
# Classes of the numbers beside lines of code: Pygments, Doxygen, cgit, rustdoc; in code: Chroma,
# Rouge. Prism gives such a name to the code itself, so that the text must agree.
_LINE_NUMBERS: Final = frozenset("linenos linenodiv lineno linenumbers src-line-numbers".split())
_LINE_NUMBERS_IN_CODE: Final = frozenset("ln lnt line-number line-numbers".split())
_NUMBERS: Final = re.compile(r"[\d\s]*+")


def is_line_numbers(classes: str, texts: Iterable[str], *, in_code: bool) -> bool:
    """Whether an element of these ``classes`` and ``texts`` has but numbers of lines of code."""
    names = classes.split()
    if _LINE_NUMBERS.isdisjoint(names) and not (
        in_code and not _LINE_NUMBERS_IN_CODE.isdisjoint(names)
    ):
        return False
    return all(_NUMBERS.fullmatch(text) for text in texts)


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

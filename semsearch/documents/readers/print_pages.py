"""Pages of a book's print edition, as its chapters mark them."""

from collections.abc import Mapping
from typing import NamedTuple


class PrintedPage(NamedTuple):
    """A page of a book's print edition: its number, and the block before or within which it begins.

    ``block`` counts from 0.
    """

    number: str
    block: int
    is_within: bool


def print_page(attributes: Mapping[str, str]) -> str | None:
    """The number of the printed page that begins at an element of a book; None for another one.

    EPUB 3.3, "Page navigation": ``epub:type="pagebreak"`` or ``role="doc-pagebreak"``.
    """
    kinds = f"{attributes.get('epub:type', '')} {attributes.get('role', '')}".lower().split()
    if "pagebreak" not in kinds and "doc-pagebreak" not in kinds:
        return None
    return attributes.get("aria-label") or attributes.get("title") or ""

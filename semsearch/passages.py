"""The passage: the unit that is embedded, ranked and cited, and the place where it stands."""

import hashlib
from dataclasses import dataclass


def text_digest(text: str) -> bytes:
    """SHA-256 (32 bytes) of exactly the text that is embedded, in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).digest()


@dataclass(frozen=True, slots=True)
class Location:
    """Where a passage stands: path, line or page range (1-based, inclusive), heading trail."""

    path: str
    lines: tuple[int, int] | None
    pages: tuple[int, int] | None
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A cut of one document; ``text`` is exactly what is embedded.

    ``lines`` is None in formats that have pages, ``pages`` is None in those that have not.
    """

    text: str
    lines: tuple[int, int] | None
    pages: tuple[int, int] | None
    headings: tuple[str, ...]

"""The passage: the unit that is embedded, ranked and cited, and the place where it stands."""

import hashlib
from dataclasses import dataclass

from semsearch.errors import SettingsError


def text_digest(text: str) -> bytes:
    """SHA-256 (32 bytes) of exactly the text that is embedded, in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).digest()


def valid_text(text: str) -> str:
    """What a person typed, as text that can be sent.

    In a locale that is not UTF-8 Python keeps the bytes of arguments as lone surrogates; they are
    read as the UTF-8 that they are. Raises ``SettingsError`` when they are none.
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError as error:
        raise SettingsError("the text is not valid UTF-8; type it again") from error


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

"""Descriptions of pictures of an HTML page (``alt``), where they say what the text does not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from semsearch.documents.document import Block, BlockKind
from semsearch.documents.text.unspaced import UNSPACED

_FILE: Final = re.compile(r"\S+\.(?:bmp|emf|gif|jpe?g|png|svg|tiff?|webp|wmf)(?:$|[?#])", re.I)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LEAST_WORDS: Final = 2
_DECORATION: Final = ("none", "presentation")  # roles of WAI-ARIA 1.2, 5.4
_UNSPACED_WORDS: Final = re.compile(f"[{UNSPACED}]{{4}}")  # of scripts without blanks: two or more
_SOURCE: Final = re.compile(
    r"[{}\\<>|]|(?<!\S)\S+\.\w{3,4}$"
)  # of a formula or graph, or a file's name


@dataclass(frozen=True, slots=True)
class _Picture:
    """A described picture: how many blocks stand before it, its line, the titles above it."""

    before: int
    text: str
    line: int
    headings: tuple[str, ...]


class Pictures:
    """Collects the descriptions of a page; ``count`` is how many there are so far."""

    def __init__(self) -> None:
        self._found: list[_Picture] = []

    @property
    def count(self) -> int:
        """How many descriptions were added and not taken back."""
        return len(self._found)

    def add(
        self,
        attributes: Mapping[str, str],
        link: str | None,
        before: int,
        line: int,
        headings: tuple[str, ...],
    ) -> None:
        """Add the description of an ``img``, which stands behind so many blocks of the page.

        That of a link names where it leads, unless that is the picture itself.
        """
        if attributes.get("role") in _DECORATION:
            return
        text = " ".join(attributes.get("alt", "").split())
        if " " not in text and text.isascii():  # most: none, or one word
            return
        if is_telling(text) and (link is None or _FILE.match(link)):
            self._found.append(_Picture(before, text, line, headings))

    def take_back(self, count: int) -> None:
        """Leave out all descriptions but the first ``count``."""
        del self._found[count:]

    def among(self, blocks: Sequence[Block], title: str) -> list[Block]:
        """Return the blocks with each description as a paragraph in its place.

        Left out is what the block before or behind it says, as captions do, what the page is
        called, and what was described before.
        """

        @cache  # a table of flags is near each of them
        def plain(number: int) -> str:
            return " ".join(blocks[number].text.split()).casefold()

        told = {title.casefold()}
        placed: list[Block] = []
        at = 0
        for picture in self._found:
            near = range(max(0, picture.before - 1), min(len(blocks), picture.before + 1))
            words = picture.text.casefold().rstrip(".")
            if words in told or any(words in plain(number) for number in near):
                continue
            told.add(words)
            placed += blocks[at : picture.before]
            at = max(at, picture.before)
            lines = [picture.line]
            placed.append(Block(BlockKind.PARAGRAPH, picture.text, lines, None, picture.headings))
        return [*placed, *blocks[at:]]


def is_telling(text: str) -> bool:
    """Whether a description is of two words at least, and no file's name or source.

    >>> is_telling("Flowchart of a request"), is_telling("logo"), is_telling("my photo.png")
    (True, False, False)
    """
    if _SOURCE.search(text):
        return False
    words = sum(_WORD.search(word) is not None for word in text.split())
    return words >= _LEAST_WORDS or _UNSPACED_WORDS.search(text) is not None

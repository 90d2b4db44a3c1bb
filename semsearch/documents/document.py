"""A document after reading: its text in blocks, each block knowing its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class BlockKind(Enum):
    """What a block is, as far as the chunker cares."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph, a list, a table or a code block, with its place.

    ``text`` is made of rows joined by a newline; ``lines[i]`` is the 1-based line number of row i
    in the file (in a PDF: on the page), so ``len(lines) == text.count("\\n") + 1``. ``last_lines``
    says where the rows end, in formats where one may reach over several lines. ``page`` is the
    1-based page in formats that have pages. ``headings`` is the trail of titles above the block,
    the outermost first; a heading's own title is the last of its trail.
    """

    kind: BlockKind
    text: str
    lines: Sequence[int]
    page: int | None = None
    headings: tuple[str, ...] = ()
    last_lines: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus, after reading; blocks are in reading order and none is blank."""

    blocks: tuple[Block, ...]
    page_count: int | None = None
    blank_pages: tuple[int, ...] = ()

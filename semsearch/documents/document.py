"""A document after reading: its text in blocks, each block knowing its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from semsearch.documents.reason import Reason


class BlockKind(Enum):
    """The kinds of block that the chunker tells apart."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


class Block(NamedTuple):
    """A heading, a paragraph, a list, a table or a code block, with its place.

    ``text`` is made of rows joined by a newline; ``lines[i]`` is the 1-based line number of row i
    in the file (in a PDF: on the page), so ``len(lines) == text.count("\\n") + 1``. ``last_lines``
    says where the rows end, in formats where one may reach over several lines. ``page`` is the
    1-based page or slide in formats that have them. ``headings`` is the trail of titles above the
    block, the outermost first; a heading's own title is the last of its trail. ``places`` names the
    place of each row in words of the format ("slide 3", "cell 4", "sheet Costs row 12",
    "00:01:10"), in formats where a person would not look for a line or the number of a page.
    """

    kind: BlockKind
    text: str
    lines: Sequence[int]
    page: int | None = None
    headings: tuple[str, ...] = ()
    last_lines: Sequence[int] | None = None
    places: Sequence[str] | None = None


USUAL_READER: Final = "pypdf"  # of PDFs; the record keeps this name


@dataclass(frozen=True, slots=True)
class PageReader:
    """A reader of PDFs, and the pages (from 1) that it has read.

    It is another than usual, which has read them better, or the usual one, which has read them
    badly while no other was installed. The record has it as text, in the place of an encoding.

    >>> str(PageReader("pypdfium2", (1, 3, 4))), PageReader.of_text("pypdfium2:1,3,4").pages
    ('pypdfium2:1,3,4', (1, 3, 4))
    """

    name: str
    pages: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name}:{','.join(map(str, self.pages))}"

    @property
    def lacks_another(self) -> bool:
        """Whether another reader may read the pages better, once it is installed."""
        return self.name == USUAL_READER

    @classmethod
    def of_text(cls, text: str) -> "PageReader | None":
        """Return the reader of a text as above; None for an encoding."""
        name, colon, pages = text.partition(":")
        numbers = pages.split(",")
        if not colon or not all(number.isdecimal() for number in numbers):
            return None
        return cls(name, tuple(map(int, numbers)))


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus, after reading; blocks are in reading order and none is blank.

    ``has_lines`` says whether the blocks' ``lines`` are lines of the file. ``encoding`` is that of
    its text, None where the format decides it. ``title`` is what the document says, apart from its
    headings, that it is called; "" where its headings are no title. ``invalid_bytes`` of its text
    are not valid in the encoding; U+FFFD stands for them. ``is_blank`` holds for a text in which
    nothing stands that could be found.
    ``unread`` says why a part of its text is missing, such as a damaged part of the file.
    ``reread`` are the pages that the usual reader read badly, and the reader of their text.
    """

    blocks: tuple[Block, ...]
    page_count: int | None = None
    blank_pages: tuple[int, ...] = ()
    has_lines: bool = True
    encoding: str | None = None
    title: str | None = None
    invalid_bytes: int = 0
    is_blank: bool = False
    unread: Reason | None = None
    reread: PageReader | None = None

    @property
    def decoded_by(self) -> str | None:
        """The encoding, or the reader of some pages, as the record keeps it."""
        return self.encoding if self.reread is None else str(self.reread)

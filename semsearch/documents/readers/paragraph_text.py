"""A paragraph of an office document: its words with notes, and what stands beside them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from semsearch.documents.document import BlockKind
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.page_words import PAGE_WORDS
from semsearch.documents.text.sentences import sentence_ends

_PAGE_FIELDS: Final = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
# A field EQ: its switches, a reading aid above a word (as Word stores ruby), and its signs.
_SWITCH: Final = re.compile(r'\\\*\s*(?:"[^"]*"|\S+)')
_READING: Final = re.compile(r"\\o\\a[a-z]?\(\\s\\up\s*\d*\([^)]*\)[,;](.*)\)")
_OF_EQUATION: Final = re.compile(r"\\(?:[A-Za-z]{1,2}\d*|(?=\W))|[(),;]")
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class ParagraphText:
    """What a paragraph shows: its words, the marks of notes in them, and the boxes beside them."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    marks: list[tuple[int, str]] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    counts_pages: bool = False
    is_hidden: bool = False
    number: str = ""  # of a heading or an item of a list

    def add(self, text: str) -> None:
        """Go on with some words."""
        self.pieces.append(text)
        self.length += len(text)

    def joined(self, other: "ParagraphText") -> "ParagraphText":
        """Return this paragraph and another as one."""
        return ParagraphText(
            self.pieces + other.pieces,
            self.length + other.length,
            self.marks + [(self.length + at, note) for at, note in other.marks],
            self.beside + other.beside,
            self.comments + other.comments,
            number=other.number,
        )

    @property
    def is_blank(self) -> bool:
        """Whether it has no words of its own, nor notes."""
        return not self.marks and not "".join(self.pieces).strip()

    @property
    def unnoted(self) -> str:
        """The number and the words, without notes."""
        return self._numbered("".join(self.pieces))

    def _numbered(self, words: str) -> str:
        return f"{self.number} {words}" if self.number else words

    @property
    def notes(self) -> list[str]:
        """The notes alone."""
        return [" ".join(note.split()) for _, note in self.marks]

    @property
    def rows(self) -> list[str]:
        """The text, and what stands beside it."""
        return [self.text, *self.beside]

    @property
    def is_page_row(self) -> bool:
        """Whether it is a row of a header or footer that hardly does more than count the pages."""
        words = _WORD.findall("".join(self.pieces).casefold())
        return self.counts_pages and not self.beside and PAGE_WORDS.issuperset(words)

    @property
    def text(self) -> str:
        """The number and the words, each note after its sentence."""
        return self._numbered(with_notes("".join(self.pieces), self.marks))

    @property
    def item(self) -> str:
        """The text as an item of a list, with a dash where it has no number; "" without words."""
        mark = "" if self.number else "- "
        return "" if self.is_blank else mark + self.text


def with_notes(text: str, notes: Sequence[tuple[int, str]]) -> str:
    """Return a text with its notes, each (offset of its mark, words), after the marked sentence.

    >>> with_notes("He wrote daily. It rained.", [(8, "In ink.")])
    'He wrote daily. [In ink.] It rained.'
    """
    if not notes:
        return text
    pieces: list[str] = []
    end = 0
    waiting = [(at, words) for at, note in sorted(notes) if (words := " ".join(note.split()))]
    for sentence_end in sentence_ends(text):
        pieces.append(text[end:sentence_end])
        end = sentence_end
        due = [words for at, words in waiting if at <= sentence_end]
        if due:
            waiting = waiting[len(due) :]
            sentence = pieces[-1]
            kept = sentence.rstrip()
            marks = "".join(f" [{words}]" for words in due)
            pieces[-1] = f"{kept}{marks}{sentence[len(kept) :]}"
    pieces += [f" [{words}]" for _, words in waiting]  # of a text without words
    return "".join(pieces)


def cell_text(rows: Iterable[str]) -> str:
    """Return what a cell of a table shows, on one row."""
    return " ".join(" ".join(rows).split())


def is_page_field(instruction: str) -> bool:
    """Whether a field of Word shows a number of a page, by its instruction."""
    words = instruction.split()
    return bool(words) and words[0].upper() in _PAGE_FIELDS


def equation_text(instruction: str) -> str:
    r"""Return the words of a field EQ, which has no result; "" for another field.

    >>> equation_text(r"EQ \f(a;b)"), equation_text(r"EQ \* jc2 \o\ad(\s\up 9(kana),word)")
    ('a b', 'word')
    """
    if instruction.split(maxsplit=1)[:1] not in (["EQ"], ["eq"]):
        return ""
    formula = _SWITCH.sub("", instruction.strip()[2:])
    if reading := _READING.search(formula):
        formula = reading[1]
    return " ".join(_OF_EQUATION.sub(" ", formula).split())


def add_paragraph(flow: Flow, found: ParagraphText, level: int | None) -> None:
    """Add a paragraph, or a heading of a level, with its notes and what stands beside it."""
    if found.is_blank:
        flow.rows(BlockKind.PARAGRAPH, found.beside)
        return
    if level is None:
        flow.paragraph(found.text)
    else:
        flow.heading(level, found.unnoted)
        flow.attached(found.notes)
    flow.attached(found.beside)

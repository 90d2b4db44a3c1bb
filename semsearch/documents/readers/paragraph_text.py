"""A paragraph of an office document: its words with notes, and what stands beside them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from semsearch.documents.text.sentences import sentence_ends

# Words beside the numbers of pages, in the languages of Europe, China, Japan and Korea.
_WORDS_OF_PAGE_ROW: Final = frozenset(
    "page pages p pp pg of seite seiten s von de sur pagina pagine pag di página pág páginas side"
    " sida sid av af z strona str stron stránka strana oldal sivu din стр страница страницы из"
    " сторінка з σελίδα από sayfa 第 页 頁 共 ページ 쪽 페이지".split()
)


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
        )

    @property
    def unnoted(self) -> str:
        """The words without notes."""
        return "".join(self.pieces)

    @property
    def notes(self) -> list[str]:
        """The notes alone."""
        return [" ".join(note.split()) for _, note in self.marks]

    @property
    def is_page_row(self) -> bool:
        """Whether it is a row of a header or footer that hardly does more than count the pages."""
        words = _WORD.findall(self.unnoted.casefold())
        return self.counts_pages and not self.beside and _WORDS_OF_PAGE_ROW.issuperset(words)

    @property
    def text(self) -> str:
        """The words, each note after its sentence."""
        return with_notes(self.unnoted, self.marks)


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
    return "".join(pieces)

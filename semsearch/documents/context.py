"""Context: the document's title and headings, embedded before the words of a passage."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.names import name_in_words, words_within
from semsearch.documents.passage import Passage
from semsearch.documents.readers.headings import LONGEST_TITLE
from semsearch.settings.schema import Context

_SEPARATOR: Final = " > "
_COMMAND: Final = re.compile(r"\\[a-z]+\*?")  # LaTeX heading commands
_BEGINNING: Final = 3  # first blocks among which the title is searched
_LOOKED_AT: Final = 2000  # largest length of a passage's headings, in characters


def own_title(document: Document) -> str | None:
    """Return the title that a document has beside its file's name; None without one.

    That is the title in its metadata, else the heading that it begins with, perhaps after a few
    words.
    """
    if document.title is not None:
        return document.title or None
    beginning = document.blocks[:_BEGINNING]
    first = next((b.headings for b in beginning if b.kind is BlockKind.HEADING), ())
    return first[0] if first else None


def kept_title(document: Document) -> str | None:
    """Return the beginning of ``own_title`` that an index keeps."""
    title = own_title(document)
    return " ".join(title.split())[:LONGEST_TITLE].strip() or None if title else None


def title_of(document: Document, path: str) -> str:
    """Return the title of a document, else the name of its file without the ending.

    >>> title_of(Document(()), "notes/bread_and-butter.txt")
    'bread and butter'
    """
    return own_title(document) or name_in_words(path)


def with_context(
    passage: Passage, kind: Context, title: str, fits: Callable[[str], bool]
) -> Passage:
    """Return the passage with its context, as far as the embedder takes both.

    The outermost part is dropped first. Words that the passage begins with are not repeated.
    """
    parts = _parts(passage, kind, title)
    for start in range(len(parts)):
        extended = replace(passage, context=_SEPARATOR.join(parts[start:]))
        if fits(extended.embedded):
            return extended
    return passage


def _parts(passage: Passage, kind: Context, title: str) -> list[str]:
    """The title and headings of this kind of context, each once, the outermost first."""
    parts = [title] if kind in (Context.TITLE, Context.FULL) else []
    if kind in (Context.HEADINGS, Context.FULL):
        parts += passage.headings
    begins_with = _Beginning(passage.text)
    return [part for part in dict.fromkeys(parts) if part and not begins_with.next(part)]


class _Beginning:
    """The words that a passage begins with, without the marks of headings around them."""

    def __init__(self, text: str) -> None:
        self._left = words_within(_COMMAND.sub(" ", text[:_LOOKED_AT])).casefold().split()

    def next(self, title: str) -> bool:
        """Whether a title comes next; if so, move past it."""
        words = words_within(title).casefold().split()
        is_next = self._left[: len(words)] == words
        if is_next:
            del self._left[: len(words)]
        return is_next

"""The names of documents in words, for those that ask for a document by its name."""

import re
from pathlib import PurePosixPath
from typing import Final

LONGEST_TITLE: Final = 200  # characters that are kept of a title
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_WORD: Final = re.compile(r"[^\W\d_]{2}")  # a number alone is no name


def words_within(text: str) -> str:
    """The words and numbers of a text, with blanks between them.

    >>> words_within("bread_and-butter (2)")
    'bread and butter 2'
    """
    return " ".join(_BETWEEN_WORDS.split(text)).strip()


def name_in_words(path: str) -> str:
    """The words of a file's name without its ending.

    >>> name_in_words("notes/bread_and-butter.txt")
    'bread and butter'
    """
    return words_within(PurePosixPath(path).stem)


def title_in_words(path: str, title: str | None) -> str | None:
    """What a document is called: its ``title``, else its file's name; None without a word.

    >>> title_in_words("2024/0815.pdf", None), title_in_words("2024/0815.pdf", "Lease")
    (None, 'Lease')
    """
    words = title or name_in_words(path)
    return words if _WORD.search(words) else None

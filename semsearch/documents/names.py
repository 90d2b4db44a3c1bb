"""The names of documents in words, for those that ask for a document by its name."""

import re
from functools import lru_cache
from typing import Final

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
    return words_within(without_ending(path).rpartition("/")[2])


def without_ending(path: str) -> str:
    """A path without the ending of the file's name.

    >>> without_ending("v1.2/notes.md"), without_ending("v1.2/.profile"), without_ending("a.b/c")
    ('v1.2/notes', 'v1.2/.profile', 'a.b/c')
    """
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return path[: -len(ending) - 1] if dot and stem and ending else path


@lru_cache(maxsize=10_000)  # several questions are about the same documents
def title_in_words(path: str, title: str | None) -> str | None:
    """What a document is called: its ``title``, else its file's name; None without a word.

    >>> title_in_words("2024/0815.pdf", None), title_in_words("2024/0815.pdf", "Lease")
    (None, 'Lease')
    """
    words = title or name_in_words(path)
    return words if _WORD.search(words) else None

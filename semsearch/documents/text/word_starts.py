"""Words of a question of which only the start is given: ``Haftpflicht*``."""

import re
from typing import Final

# Not in **Markdown**, where the marks stand on both sides.
_STARTED: Final = re.compile(r"(?<![^\W_])(?<!\*)([^\W_]{3,})\*(?![\w*])")

_REST: Final = r"\w*\*?"  # or the mark itself, as in a line of C


def word_starts(question: str) -> list[str]:
    """The starts in a question, of three letters or more.

    >>> word_starts("Haftpflicht* und 2 * 3, so*, **fett**, *kursiv*")
    ['Haftpflicht']
    """
    return _STARTED.findall(question)


def without_marks(question: str) -> str:
    """A question whose words end in no ``*``.

    >>> without_marks("Haftpflicht* und 2 * 3")
    'Haftpflicht und 2 * 3'
    """
    return _STARTED.sub(r"\1", question)


def pattern_of(words: str) -> str:
    """A regular expression of some words, where a start stands for all words that begin so.

    >>> re.findall(pattern_of("char* name"), "char* name, chart name, chars name, chan name")
    ['char* name', 'chart name', 'chars name']
    """
    pieces = _STARTED.split(words)  # every other one is a start
    return "".join(re.escape(piece) + _REST * (at % 2) for at, piece in enumerate(pieces))

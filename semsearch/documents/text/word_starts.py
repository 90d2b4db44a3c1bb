"""Words of a question of which only the start is given: ``Haftpflicht*``."""

import re
from typing import Final

_STARTED: Final = re.compile(r"(?<![^\W_])([^\W_]{3,})\*(?!\w)")


def word_starts(question: str) -> list[str]:
    """The starts in a question, of three letters or more.

    >>> word_starts("Haftpflicht* und 2 * 3, so*")
    ['Haftpflicht']
    """
    return _STARTED.findall(question)


def without_marks(question: str) -> str:
    """A question whose words end in no ``*``.

    >>> without_marks("Haftpflicht* und 2 * 3")
    'Haftpflicht und 2 * 3'
    """
    return _STARTED.sub(r"\1", question)

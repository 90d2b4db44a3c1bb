"""The trail of headings above a place in a document."""

import re
from typing import Final

from semsearch.documents.readers.encoding import without_surrogates

LONGEST_TITLE: Final = 200  # characters; a longer heading is no title

# Default titles of programs, which do not distinguish documents.
_PLACEHOLDER: Final = re.compile(
    r"untitled.*|(word|powerpoint|microsoft \w+|pdf) (document|presentation)|document\d*"
    r"|slide 1|presentation\d*|microsoft \w+ - .*"
    r"|.*\.(docx?|pptx?|xlsx?|odt|odp|rtf|tex|dvi|pdf|indd)",
    re.IGNORECASE,
)


def title_named(title: str) -> str | None:
    """The title that a document's metadata names; None for what is left by a program.

    >>> title_named(" The  tides ")
    'The tides'
    >>> title_named("Microsoft Word - draft2.doc")
    """
    named = " ".join(without_surrogates(title).replace("\0", "").split())[:LONGEST_TITLE]
    return None if not named or _PLACEHOLDER.fullmatch(named) else named


class HeadingTrail:
    """The titles above the current place of a reader, the outermost first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []
        self.titles: tuple[str, ...] = ()  # headings without text are left out of the trail

    def copy(self) -> "HeadingTrail":
        """Return a trail at this place, which goes on by itself."""
        other = HeadingTrail()
        other._open, other.titles = list(self._open), self.titles
        return other

    def enter(self, level: int, title: str) -> tuple[str, ...]:
        """Begin a section: it ends all open sections of its level and below. Returns the trail."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, title[:LONGEST_TITLE]))
        self.titles = tuple([title for _, title in self._open if title])
        return self.titles

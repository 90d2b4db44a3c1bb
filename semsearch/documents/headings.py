"""The trail of headings above a place in a document."""

from typing import Final

LONGEST_TITLE: Final = 200  # characters; what is longer is no title, and goes with each passage


class HeadingTrail:
    """The titles that stand above the place that a reader has come to, the outermost first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> tuple[str, ...]:
        """Begin a section: it ends all open ones of its level and below. Returns the new trail."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, title[:LONGEST_TITLE]))
        return self.titles

    @property
    def titles(self) -> tuple[str, ...]:
        """The trail; headings without text have no place in it."""
        return tuple(title for _, title in self._open if title)

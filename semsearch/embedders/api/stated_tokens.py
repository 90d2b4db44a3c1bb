"""The tokens that a server states, and a server that states characters instead (Infinity)."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SURE: Final = 3  # answers whose count is exactly that of the characters
_LEAST: Final = 100  # characters; a count of fewer may be theirs by chance
_MORE: Final = 1.5  # times the estimate; ideographs may have a token a character

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counted:
    """The tokens of an answer: those to count as spent, and the count to learn from, if any.

    ``to_spend`` may be negative, where it corrects earlier answers.
    """

    to_spend: int
    to_learn: int | None


class StatedTokens:
    """Tells counts of tokens from counts of characters; thread-safe.

    When some answers in a row have exactly as many tokens as their texts have characters, and far
    more than estimated, the estimate counts from then on, and for these answers.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._alone = threading.Lock()
        self._matches = 0
        self._excess = 0  # tokens that matching answers have had above the estimate
        self.are_characters = False

    def seen(self, texts: Sequence[str], expected: float, stated: int | None) -> Counted:
        """Take the count that an answer states for some texts, of ``expected`` tokens."""
        estimate = round(expected)
        if stated is None or self.are_characters:
            return Counted(estimate, None)
        if stated < max(_LEAST, _MORE * expected) or stated != sum(map(len, texts)):
            if stated >= _LEAST:
                self._matches = self._excess = 0
            return Counted(stated, stated)
        with self._alone:
            self._matches += 1
            if self._matches < _SURE:
                self._excess += stated - estimate
                return Counted(stated, None)
            self.are_characters = True
            spent, self._excess = estimate - self._excess, 0
        _log.warning("%s counts characters as tokens; its tokens are estimated instead", self._host)
        return Counted(spent, None)

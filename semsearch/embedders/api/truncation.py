"""Silent truncation: some servers read only the beginning of a long text, and answer as usual.

How many characters are read depends on the vocabulary, and so on the script: a model that reads
1,100 characters of English may read 500 of Russian. So each script has a window of its own.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Final

from semsearch.embedders.api.long_texts import halves
from semsearch.embedders.token_counts import LearnedTokenCounter, kinds_of

_LEAST_TOKENS: Final = 100  # estimated; a text with fewer is read whole by every model


class Script(Enum):
    """Scripts that are measured apart, by the kinds of bytes of ``token_counts`` that they have."""

    LATIN = "Latin letters"
    FIGURES = "figures"
    ALPHABETS = "other alphabets"
    IDEOGRAPHS = "ideographs"

    @property
    def kinds(self) -> tuple[int, ...]:
        """Indexes of the kinds of bytes; each has as many as the text has such characters."""
        return _KINDS[self]


# Spaces and line ends go with the letters, punctuation with the figures.
_KINDS: Final = {
    Script.LATIN: (0, 2, 3, 5),
    Script.FIGURES: (1, 4),
    Script.ALPHABETS: (6,),
    Script.IDEOGRAPHS: (7, 8),
}
_ESTIMATE: Final = LearnedTokenCounter()  # never taught: the same texts are measured in each run


def characters_of(text: str, script: Script) -> int:
    """Return the number of characters that a text has of a script."""
    kinds = kinds_of(text)
    return int(sum(kinds[kind] for kind in script.kinds))


@dataclass(frozen=True, slots=True)
class Window:
    """What is known for a script: a text of ``probed`` characters was sent.

    ``read`` is the number of them that are certainly read; None when all are.
    """

    probed: int
    read: int | None = None


@dataclass(slots=True)
class Truncation:
    """What a server reads of long texts, by script; without a window nothing is known."""

    windows: dict[Script, Window] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether the server reads only the beginning of long texts of some script."""
        return any(window.read is not None for window in self.windows.values())

    def unknown(self, text: str, characters: int) -> list[Script]:
        """Return the scripts that a text has much of, and that no long text has measured.

        A window is measured again where texts have become longer: up to ``characters``.
        """
        still_open = [script for script in Script if self._is_open(script, characters)]
        if not still_open:
            return []
        kinds = kinds_of(text)
        weights = _ESTIMATE.weights
        return [
            script
            for script in still_open
            if sum(kinds[kind] * weights[kind] for kind in script.kinds) >= _LEAST_TOKENS
        ]

    def parts(self, text: str) -> list[str]:
        """Split a text into parts that are read whole; a text that is read whole is the only."""
        both = halves(text) if self._share(text) > 1 else None
        return [text] if both is None else [part for half in both for part in self.parts(half)]

    def to_json(self) -> dict[str, Any]:
        """Return the windows as values of JSON."""
        return {script.name: asdict(window) for script, window in self.windows.items()}

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> "Truncation":
        """Read the output of ``to_json``; raises ``KeyError``, ``TypeError``, ``ValueError``."""
        windows = {Script[name]: Window(**window) for name, window in content.items()}
        for window in windows.values():
            if window.probed < 1 or (window.read is not None and window.read < 1):
                raise ValueError("no window")
        return cls(windows)

    def _is_open(self, script: Script, characters: int) -> bool:
        window = self.windows.get(script)
        return window is None or (window.read is None and window.probed < characters)

    def _share(self, text: str) -> float:
        """How much of what the server reads at once a text is."""
        if not self.is_cut:
            return 0.0
        limits = {script: window.read or window.probed for script, window in self.windows.items()}
        least = min(limits.values())  # for scripts that no text had much of yet
        return sum(characters_of(text, script) / limits.get(script, least) for script in Script)

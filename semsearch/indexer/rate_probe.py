"""The rate at which this machine embeds, by a few of the texts that a run would embed."""

import time
from typing import Final

from semsearch.embedders.api.needs import Needs
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import Embedder, embedded
from semsearch.errors import EmbedderError

_TEXTS: Final = 16  # texts that are kept for the probe
_EVERY: Final = 7  # one text in so many is kept, so that more than one document is
_SECONDS: Final = 0.8  # the probe ends after that time
_MINUTE: Final = 60


class RateProbe:
    """Keeps a few texts, and embeds them to tell how long all of them take."""

    def __init__(self, embedder: Embedder | None) -> None:
        """``embedder`` is probed, unless it is None or sends texts to a server."""
        self._embedder = None if isinstance(embedder, Billed) else embedder
        self._texts: list[str] = []
        self._taken = 0

    def take(self, text: str) -> None:
        """Take a text that the run would embed."""
        is_kept = self._taken < _TEXTS // 2 or self._taken % _EVERY == 0
        self._taken += 1
        if self._embedder is not None and is_kept and len(self._texts) < _TEXTS:
            self._texts.append(text)

    def minutes(self, needs: Needs) -> float | None:
        """Return the minutes that embedding takes; None where that cannot be measured."""
        if self._embedder is None or not self._texts:
            return None
        try:
            embedded(self._embedder, self._texts[:1])  # loads the model
            tokens, begun = 0, time.perf_counter()
            for text in self._texts:
                embedded(self._embedder, [text])
                tokens += max(1, self._embedder.count_tokens(text))
                if time.perf_counter() - begun > _SECONDS:
                    break
        except EmbedderError:
            return None  # the run will tell
        return (time.perf_counter() - begun) * needs.tokens / tokens / _MINUTE

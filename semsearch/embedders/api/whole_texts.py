"""Vectors of texts that a person gives, such as questions, on servers that cut long texts."""

from collections.abc import Sequence
from contextlib import suppress

from semsearch.embedders.api.protocols import Truncating
from semsearch.embedders.embedder import Embedder, embedded
from semsearch.embedders.vectors import Vectors
from semsearch.errors import BudgetReached


def embedded_whole(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Return the vectors of some texts, (n, dimension) float32, in order; all of each text counts.

    A text that is longer than its server is known to read makes the server be measured first. Where
    a budget leaves no room for that, the text is sent as it is. Raises ``EmbedderError``.
    """
    if isinstance(embedder, Truncating):
        with suppress(BudgetReached):
            longest = max(map(len, texts), default=0)
            for text in texts:
                embedder.probe_truncation(text, longest)
    return embedded(embedder, texts)

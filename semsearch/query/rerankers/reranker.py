"""The protocol of rerankers."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Scores passages for a question; named by a URI such as ``local:PATH``."""

    @property
    def uri(self) -> str:
        """The URI by which ``open_reranker`` opens this reranker again."""

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """A finite score for each text, in their order; a higher score answers better.

        The scale is the model's own. Raises ``EmbedderError``.
        """

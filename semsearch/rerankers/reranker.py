"""What every reranker offers."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Reads a question with each of some passages; named by a URI such as ``local:PATH``."""

    @property
    def uri(self) -> str:
        """The name under which the registry opens this reranker again."""

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """A finite number for each text, in their order; higher answers better.

        The scale is the model's own. Raises ``EmbedderError``.
        """

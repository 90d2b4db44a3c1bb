"""Embedders that several indexes share, and the vectors of what was last asked."""

from collections.abc import Sequence

from semsearch.embedders.embedder import Embedder, Vectors, embedded
from semsearch.embedders.registry import open_embedder
from semsearch.settings.schema import Settings


class OpenEmbedders:
    """Each is opened once, and embeds the same questions once, however many indexes they go to."""

    def __init__(self) -> None:
        self._opened: dict[str, Embedder] = {}
        self._last: dict[str, tuple[tuple[str, ...], Vectors]] = {}

    def opened(self, uri: str, settings: Settings) -> Embedder:
        """The embedder of a URI; raises as ``open_embedder`` does."""
        if uri not in self._opened:
            self._opened[uri] = open_embedder(uri, settings)
        return self._opened[uri]

    def vectors(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """The vectors (n, dimension) of some texts, in their order; raises ``EmbedderError``."""
        known, vectors = self._last.get(embedder.uri, ((), None))
        if vectors is None or known != tuple(texts):
            vectors = embedded(embedder, texts)
            self._last[embedder.uri] = (tuple(texts), vectors)
        return vectors

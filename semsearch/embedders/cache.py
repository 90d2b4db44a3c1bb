"""Cache of open embedders and of query vectors, shared by several indexes."""

from collections.abc import Sequence

from semsearch.embedders.embedder import Embedder, embedded
from semsearch.embedders.registry import open_embedder
from semsearch.embedders.vectors import Vectors
from semsearch.settings.schema import Settings


class OpenEmbedders:
    """Opens each embedder once, and embeds a question once for all indexes."""

    def __init__(self) -> None:
        self._opened: dict[str, Embedder] = {}
        self._last: dict[str, tuple[tuple[str, ...], Vectors]] = {}

    def opened(self, uri: str, settings: Settings) -> Embedder:
        """Return the embedder of a URI, opened at most once; raises like ``open_embedder``."""
        if uri not in self._opened:
            self._opened[uri] = open_embedder(uri, settings)
        return self._opened[uri]

    def vectors(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Return the vectors (n, dimension) of some texts, in order; raises ``EmbedderError``."""
        known, vectors = self._last.get(embedder.uri, ((), None))
        if vectors is None or known != tuple(texts):
            vectors = embedded(embedder, texts) if embedder.is_local else _sent(embedder, texts)
            self._last[embedder.uri] = (tuple(texts), vectors)
        return vectors


def _sent(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    from semsearch.embedders.api.whole_texts import embedded_whole  # here: a local model needs none

    return embedded_whole(embedder, texts)

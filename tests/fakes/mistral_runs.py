"""Helpers for tests of the Mistral embedder: a fault, and all batches as a list."""

from fakes.mistral_server import Fault
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.embedder import EmbeddedBatch

OVERLOADED = Fault(429, b'{"object":"error","message":"Rate limit exceeded","code":"1300"}')


def embedded(embedder: RemoteEmbedder, texts: list[str]) -> list[EmbeddedBatch]:
    """Embed the texts and return all batches."""
    return list(embedder.embed(texts))

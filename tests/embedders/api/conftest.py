"""Fixtures: a stand-in server for each test, and the Mistral embedder connected to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.mistral_server import KEY, MistralServer, mistral_server
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.registry import open_embedder
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in server for each test."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def open_mistral(server: MistralServer) -> Callable[..., RemoteEmbedder]:
    """Open the embedder with changed settings and a very short backoff."""

    def opened(model: str = "mistral-embed", **changes: Any) -> RemoteEmbedder:
        values = {
            "mistral_base_url": server.url,
            "mistral_api_key": Secret(KEY),
            "backoff_seconds": 0.001,
            **changes,
        }
        embedder = open_embedder(f"mistral:{model}", Settings(**values))
        assert isinstance(embedder, RemoteEmbedder)
        return embedder

    return opened

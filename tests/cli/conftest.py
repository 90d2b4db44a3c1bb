"""What the tests of the command line share."""

from collections.abc import Iterator

import pytest

from fakes.mistral_server import KEY, MistralServer, mistral_server


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in for Mistral's API."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def paid(server: MistralServer) -> dict[str, str]:
    """The environment of somebody with a key."""
    return {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": server.url}

"""What the tests of written answers share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.mistral_server import KEY, MistralServer, mistral_server
from semsearch.ask.answer import WrittenAnswer
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

MODEL = "mistral:mistral-small-latest"
QUESTION = "how do honey bees keep warm?"
Ask = Callable[..., WrittenAnswer]


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in for Mistral's API."""
    with mistral_server() as running:
        yield running


def settings_for(server: MistralServer, **changes: Any) -> Settings:
    """Settings of somebody with a key for a server, who waits for nothing."""
    values: dict[str, Any] = {
        "mistral_base_url": server.url,
        "mistral_api_key": Secret(KEY),
        "backoff_seconds": 0.001,
        **changes,
    }
    return Settings(**values)


@pytest.fixture
def ask(corpus: Path, words: WordEmbedder, server: MistralServer) -> Ask:
    """Ask the folder of four documents, with the stand-in's model."""
    index(corpus, words)

    def asking(question: str = QUESTION, **changes: Any) -> WrittenAnswer:
        names = ("model", "max_cost", "on_claim", "limit", "filter", "min_relevance")
        own = {name: changes.pop(name) for name in names if name in changes}
        notes = WordIndex(corpus, words, settings_for(server, **changes))
        return notes.ask(question, **{"model": MODEL, **own})

    return asking


class WordIndex(semsearch.Index):
    """An index that is asked with the embedder that has made it."""

    def __init__(self, corpus: Path, embedder: WordEmbedder, settings: Settings) -> None:
        super().__init__(corpus, settings=settings)
        self._words = embedder

    def searcher(self, **_: Any) -> semsearch.Searcher:
        """Open it."""
        return semsearch.Searcher(index=self.folder, embedder=self._words, settings=self.settings)

"""What the tests of written answers share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.chat_runs import MODEL, QUESTION, Ask, WordIndex, settings_for
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.mistral_server import MistralServer, mistral_server
from semsearch.ask.answer import WrittenAnswer

_OWN = ("model", "max_cost", "on_claim", "limit", "filter", "min_relevance")


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in for Mistral's API."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def ask(corpus: Path, words: WordEmbedder, server: MistralServer) -> Ask:
    """Ask the folder of four documents, with the stand-in's model."""
    index(corpus, words)

    def asking(question: str = QUESTION, **changes: Any) -> WrittenAnswer:
        own = {name: changes.pop(name) for name in _OWN if name in changes}
        notes = WordIndex(corpus, words, settings_for(server, **changes))
        return notes.ask(question, **{"model": MODEL, **own})

    return asking

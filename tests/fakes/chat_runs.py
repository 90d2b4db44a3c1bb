"""Written answers from an index without a model, by the stand-in's chat model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import semsearch
from fakes.embedder import WordEmbedder
from fakes.mistral_server import KEY, MistralServer
from semsearch.ask.answer import WrittenAnswer
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

MODEL: Final = "mistral:mistral-small-latest"
QUESTION: Final = "how do honey bees keep warm?"
Ask = Callable[..., WrittenAnswer]


def settings_for(server: MistralServer, **changes: Any) -> Settings:
    """Settings of somebody with a key for a server, who waits for nothing."""
    values: dict[str, Any] = {
        "mistral_base_url": server.url,
        "mistral_api_key": Secret(KEY),
        "backoff_seconds": 0.001,
        **changes,
    }
    return Settings(**values)


class WordIndex(semsearch.Index):
    """An index that is asked with the embedder that has made it."""

    def __init__(self, corpus: Path, embedder: WordEmbedder, settings: Settings) -> None:
        super().__init__(corpus, settings=settings)
        self._words = embedder

    def searcher(self, **_: Any) -> semsearch.Searcher:
        """Open it."""
        return semsearch.Searcher(index=self.folder, embedder=self._words, settings=self.settings)

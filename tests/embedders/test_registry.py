"""Which servers an index may name."""

from pathlib import Path

import pytest

from fakes.embedder import WordEmbedder
from semsearch.api import index
from semsearch.embedders.registry import trusted_uri
from semsearch.errors import EmbedderUnavailable, SettingsError
from semsearch.query.searcher import search
from semsearch.settings.schema import Settings

FOREIGN = "openai:model@https://elsewhere.invalid"


@pytest.mark.parametrize(
    "own",
    [
        "local:minilm", "mistral:mistral-embed", "openai:model",
        "openai:model@http://127.0.0.1:8080", "openai:model@https://api.openai.com",
    ],
)  # fmt: skip
def test_an_index_may_name_this_machine_and_the_servers_of_the_settings(own: str) -> None:
    """A URI with a server of this machine or of the settings is accepted."""
    assert trusted_uri(own, Settings()) == own


def test_a_question_does_not_go_to_a_server_that_only_the_index_names(corpus: Path) -> None:
    """The refusal of an index's server says how to allow it."""
    index(corpus, embedder=WordEmbedder(uri=FOREIGN))
    with pytest.raises(SettingsError, match="if you trust it, say so with --embedder openai:model"):
        search("bees", index=corpus)


def test_a_question_goes_to_the_server_that_the_person_names_as_well(corpus: Path) -> None:
    """A server that the user names, too, is contacted."""
    index(corpus, embedder=WordEmbedder(uri=FOREIGN))
    with pytest.raises(EmbedderUnavailable, match=r"elsewhere\.invalid"):
        search("bees", index=corpus, embedder=FOREIGN, settings=Settings(retry_seconds=0.01))

"""Which servers an index may name."""

from pathlib import Path

import pytest

from fakes.embedder import WordEmbedder
from semsearch.api import index
from semsearch.embedders.registry import remember_named, trusted_uri
from semsearch.errors import EmbedderUnavailable, SettingsError
from semsearch.query.searcher import search
from semsearch.settings.schema import Settings

FOREIGN = "openai:model@https://elsewhere.invalid"


@pytest.mark.parametrize(
    "own",
    [
        "local:minilm", "mistral:mistral-embed", "openai:model",
        "openai:model@https://api.openai.com",
    ],
)  # fmt: skip
def test_an_index_may_name_the_servers_of_the_settings(own: str) -> None:
    """A URI without a server, or with a server of the settings, is accepted."""
    assert trusted_uri(own, Settings()) == own


@pytest.mark.parametrize("port", [8080, 8081])
def test_a_server_of_this_machine_is_named_by_the_user_first(port: int) -> None:
    """Another user may have started it; the settings or an earlier choice vouch for its port."""
    own, other = f"openai:m@http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    for settings in (Settings(), Settings(openai_base_url=other)):
        with pytest.raises(SettingsError, match="if you trust it"):
            trusted_uri(own, settings)
    assert trusted_uri(own, Settings(openai_base_url=f"http://127.0.0.1:{port}/v1")) == own
    remember_named(Settings(embedder=own))
    assert trusted_uri(own, Settings()) == own


def test_a_question_does_not_go_to_a_server_that_only_the_index_names(corpus: Path) -> None:
    """The refusal of an index's server says how to allow it."""
    index(corpus, embedder=WordEmbedder(uri=FOREIGN))
    with pytest.raises(SettingsError, match="say so once with --embedder openai:model@https"):
        search("bees", index=corpus)


def test_a_question_goes_to_the_server_that_the_person_names_as_well(corpus: Path) -> None:
    """A server that the user names, too, is contacted, from then on without naming it."""
    index(corpus, embedder=WordEmbedder(uri=FOREIGN))
    with pytest.raises(EmbedderUnavailable, match=r"elsewhere\.invalid"):
        search("bees", index=corpus, embedder=FOREIGN, settings=Settings(retry_seconds=0.01))
    with pytest.raises(EmbedderUnavailable, match=r"elsewhere\.invalid"):
        search("bees", index=corpus, settings=Settings(retry_seconds=0.01))

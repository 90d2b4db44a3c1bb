"""Rerankers by their URIs.

local:PATH          a cross-encoder's folder
hf:NAME             a cross-encoder from the Hugging Face hub
rerank:MODEL@URL    a server with Cohere's wire format: Cohere, Jina, vLLM, llama.cpp, …
rerank:URL          Text Embeddings Inference, which has one model
none                no reranker, also if the settings name one
"""

import re
from typing import Final

from semsearch.embedders.local.model_uri import names_model
from semsearch.errors import SettingsError
from semsearch.query.rerankers.reranker import Reranker
from semsearch.settings.schema import Settings

_NONE: Final = "none"
_REMOTE: Final = re.compile(r"rerank:((?P<model>[^\s@]+)@)?(?P<url>https?://\S+)")


def open_reranker(uri: str | None, settings: Settings) -> Reranker | None:
    """The reranker of a URI, None for ``none``; its model is loaded when it is first used.

    Raises ``SettingsError`` for an unknown URI.
    """
    if uri is None or uri == _NONE:
        return None
    # Each reranker is imported where it is opened, as embedders are.
    if names_model(uri):
        from semsearch.query.rerankers.cross_encoder import CrossEncoder

        return CrossEncoder(uri, settings.models_directory)
    found = _REMOTE.fullmatch(uri)
    if found is None:
        raise SettingsError(
            f"there is no reranker {uri!r}; there are local:PATH, a cross-encoder's folder,"
            " hf:OWNER/MODEL, rerank:MODEL@URL, a server, and none"
        )
    from semsearch.query.rerankers.api import RerankApi

    return RerankApi(uri, found["model"], found["url"], settings)

"""``openai:MODEL`` and ``openai:MODEL@BASE_URL``: servers with OpenAI's wire format.

OpenAI, Ollama, vLLM, llama.cpp, LM Studio, Text Embeddings Inference and Infinity all accept
``model`` and ``input``, so no other field is sent. Their limits differ and are learned.
"""

from typing import Final
from urllib.parse import urlsplit

from semsearch.embedders.api.api_embedder import WITHOUT_KEY, ModelService
from semsearch.embedders.api.http_client import LOOPBACK
from semsearch.embedders.api.providers import OPENAI_URL, openai_server
from semsearch.settings.schema import Settings

# OpenAI accepts 8,192 tokens per text; for a server with a lower limit long texts are split.
_MAX_TOKENS: Final = 8192
_OTHER_PATH: Final = "/embeddings"  # of Infinity, which has no /v1 by default
_FIRST_INPUTS: Final = 32  # the limit of Text Embeddings Inference
_MOST_INPUTS: Final = 2048  # OpenAI's limit
_FIRST_TOKENS: Final = 8_000
_MOST_TOKENS: Final = 300_000  # OpenAI's limit
_LOCAL_INPUTS: Final = 256  # a server on this machine gains nothing from larger requests
_LOCAL_TOKENS: Final = 64_000


def openai_service(
    model: str, base_url: str | None, dimension: int | None, uri: str, settings: Settings
) -> ModelService:
    """Describe a model on a server for ``RemoteEmbedder``; ``base_url`` defaults to the settings.

    The key is sent only to the server that the settings name. Raises ``SettingsError`` for an
    invalid address, and ``KeyRefused`` for OpenAI's own server without a key.
    """
    address, key = openai_server(base_url, settings, WITHOUT_KEY)
    is_local = urlsplit(address).hostname in LOOPBACK
    return ModelService(
        uri=uri,
        base_url=address,
        key=key,
        fields={"model": model} | ({"dimensions": dimension} if dimension else {}),
        dimension=dimension,
        max_tokens=_MAX_TOKENS,
        first_inputs=_FIRST_INPUTS,
        most_inputs=_LOCAL_INPUTS if is_local else _MOST_INPUTS,
        first_tokens=_FIRST_TOKENS,
        most_tokens=_LOCAL_TOKENS if is_local else _MOST_TOKENS,
        requests_a_minute=None,
        other_path=_OTHER_PATH,
        may_truncate=address != OPENAI_URL,  # which refuses a long text
        is_perhaps_slow=address != OPENAI_URL,
    )

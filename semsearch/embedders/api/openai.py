"""``openai:MODEL`` and ``openai:MODEL@BASE_URL``: any server that speaks OpenAI's wire format.

OpenAI itself, Ollama, vLLM, llama.cpp, LM Studio, Text Embeddings Inference, Infinity: all take
``model`` and ``input``, so nothing else is sent. Their limits differ and are learned.
"""

from typing import Final
from urllib.parse import urlsplit

from semsearch.embedders.api.api_embedder import Service
from semsearch.embedders.api.http_client import LOOPBACK, checked_base_url
from semsearch.errors import KeyRefused
from semsearch.settings.schema import Settings

OPENAI_URL: Final = "https://api.openai.com"
# OpenAI takes 8,192 tokens a text; a local server that takes less and says so gets it in parts.
_MAX_TOKENS: Final = 8192
_FIRST_INPUTS: Final = 32  # Text Embeddings Inference takes no more
_MOST_INPUTS: Final = 2048  # OpenAI's
_FIRST_TOKENS: Final = 8_000
_MOST_TOKENS: Final = 300_000  # OpenAI's
_LOCAL_INPUTS: Final = 256  # a server on this machine gains nothing from larger requests
_LOCAL_TOKENS: Final = 64_000


def openai_service(
    model: str, base_url: str | None, dimension: int | None, uri: str, settings: Settings
) -> Service:
    """Describe a model on a server; without ``base_url`` it is that of the settings.

    The key goes only to the server that the settings name. Raises ``SettingsError`` for an address
    that is none, and ``KeyRefused`` when OpenAI's own server would be asked without a key.
    """
    home = checked_base_url(settings.openai_base_url)
    address = checked_base_url(base_url) if base_url else home
    key = settings.openai_api_key if address == home else None
    if key is None and address == OPENAI_URL:
        raise KeyRefused(
            "there is no API key for OpenAI; set OPENAI_API_KEY, put it into a file of mode 0600"
            " that OPENAI_API_KEY_FILE names, or use another embedder"
        )
    is_local = urlsplit(address).hostname in LOOPBACK
    return Service(
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
    )

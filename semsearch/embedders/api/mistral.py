"""``mistral:MODEL``: Mistral's embeddings API.

Constants come from Mistral's OpenAPI file and documentation of August 2026, or from measurements in
2026 where a comment says so.
"""

from typing import Final

from semsearch.embedders.api.api_embedder import WITHOUT_KEY, ModelService
from semsearch.embedders.api.mistral_tokenizers import counter_of
from semsearch.embedders.api.providers import mistral_key
from semsearch.errors import SettingsError
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings

_MAX_TOKENS: Final = 8192  # max_context_length of mistral-embed and codestral-embed at /v1/models
# Size of a request. The first values respect every limit that was ever in force (16,384 tokens
# until 2025); the largest are the present limits (257 inputs and 66,960 tokens were refused, 256
# inputs and 65,286 tokens accepted).
_FIRST_INPUTS: Final = 64
_MOST_INPUTS: Final = 256
_FIRST_TOKENS: Final = 16_000
_MOST_TOKENS: Final = 65_536
_REQUESTS_A_MINUTE: Final = 60.0  # measured in the free mode
_DIMENSIONS: Final = {
    "mistral-embed": 1024,
    "mistral-embed-2312": 1024,
    "mistral-embed-dim256-2510": 256,
    "mistral-embed-dim128-2510": 128,
}
_LARGEST_DIMENSION: Final = {"codestral-embed": 3072, "codestral-embed-2505": 3072}
_DEFAULT_DIMENSION: Final = 1536  # of the codestral-embed models


def mistral_service(
    model: str, dimension: int | None, uri: str, settings: Settings
) -> ModelService:
    """Describe a Mistral model for ``RemoteEmbedder``; ``dimension`` comes from the URI.

    Raises ``KeyRefused`` without a key and ``SettingsError`` for a dimension that the model does
    not offer.
    """
    key = mistral_key(settings, WITHOUT_KEY)
    most = _LARGEST_DIMENSION.get(model)
    if dimension is not None and not (most and 1 <= dimension <= most):
        known = _DIMENSIONS.get(model)
        has = f"it has {known}" if known else f"it has up to {most}" if most else "it has its own"
        raise SettingsError(
            f"{model} cannot give {counted(dimension, 'dimension')}: {has}; change {uri}"
        )
    fields = {"model": model} | ({"output_dimension": dimension} if dimension else {})
    return ModelService(
        uri=uri,
        base_url=settings.mistral_base_url,
        key=key,
        fields=fields,
        dimension=dimension or (_DEFAULT_DIMENSION if most else _DIMENSIONS.get(model)),
        max_tokens=_MAX_TOKENS,
        first_inputs=_FIRST_INPUTS,
        most_inputs=_MOST_INPUTS,
        first_tokens=_FIRST_TOKENS,
        most_tokens=_MOST_TOKENS,
        requests_a_minute=_REQUESTS_A_MINUTE,
        has_batches=True,
        count=counter_of(model, settings.models_directory),
    )

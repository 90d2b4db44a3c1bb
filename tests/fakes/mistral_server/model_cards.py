"""``GET /v1/models``: the description of each model."""

from typing import Any, Final

from fakes.mistral_server.dialects import Dialect
from fakes.mistral_server.dialects.dialect import Model

_CREATED: Final = 1_763_856_000
# Every flag is false for an embedding model; there is none that says what it is.
_CAPABILITIES: Final = dict.fromkeys(
    (
        "completion_chat", "function_calling", "reasoning", "completion_fim", "fine_tuning",
        "vision", "ocr", "classification", "moderation", "audio", "audio_transcription",
        "audio_transcription_realtime", "audio_speech", "unified_resources",
    ),
    False,
)  # fmt: skip


def model_list(dialect: Dialect) -> dict[str, Any]:
    """All models, each with its card."""
    cards = [_card(name, model) for model in dialect.models for name in model.names]
    return {"object": "list", "data": cards}


def model_card(dialect: Dialect, name: str) -> dict[str, Any] | None:
    """The card of a model."""
    cards: list[dict[str, Any]] = model_list(dialect)["data"]
    return next((card for card in cards if card["id"] == name), None)


def _card(name: str, model: Model) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": "mistralai",
        "capabilities": _CAPABILITIES,
        "name": name,
        "description": None,
        "max_context_length": model.max_tokens,
        "aliases": [other for other in model.names if other != name],
        "deprecation": None,
        "deprecation_replacement_model": None,
        "default_model_temperature": None,
        "type": "base",
    }

"""Servers of chat models: their address, their key, and the request body that each takes.

Mistral refuses unknown fields with 422, and OpenAI's own servers refuse ``max_tokens`` and a
``temperature`` for some models, so that each dialect has a body of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from semsearch.ask.chat_model import Message
from semsearch.embedders.api.providers import OPENAI_URL, mistral_key, openai_server
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

# Words that name a field which a server does not take, in a refusal with 400 or 422.
_REFUSED: Final = re.compile(
    r"extra_forbidden|extra inputs|not permitted|unsupported|not support|unknown|unrecognized"
    r"|unexpected|invalid (?:field|parameter)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A model on a server; ``fields`` go with each request beside the messages.

    ``limit_field`` bounds the tokens of an answer. ``optional`` are the fields that are left out
    when a server refuses them by their names.
    """

    uri: str
    base_url: str
    key: Secret | None
    model: str
    limit_field: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()

    def body(
        self, messages: Sequence[Message], most_tokens: int, without: frozenset[str]
    ) -> dict[str, Any]:
        """The body of a request."""
        fields = {**self.fields, self.limit_field: most_tokens}
        return {
            "model": self.model,
            "messages": [message.to_dict() for message in messages],
            "stream": True,
            **{name: value for name, value in fields.items() if name not in without},
        }

    def refused_field(self, words: str, without: frozenset[str]) -> str | None:
        """The optional field that a refusal names; None where it names none that was sent."""
        if _REFUSED.search(words) is None:
            return None
        left = (name for name in self.optional if name not in without)
        return next((name for name in left if name in words), None)


def mistral_dialect(model: str, uri: str, settings: Settings) -> Dialect:
    """A model of Mistral's chat API; raises ``KeyRefused`` without a key."""
    return Dialect(
        uri,
        settings.mistral_base_url,
        mistral_key(settings),
        model,
        "max_tokens",
        {"temperature": 0.0},
    )


def openai_dialect(model: str, url: str | None, uri: str, settings: Settings) -> Dialect:
    """A model on a server with OpenAI's wire format; ``url`` defaults to that of the settings.

    The key is sent only to the server that the settings name. Raises ``SettingsError`` for an
    invalid address, and ``KeyRefused`` for OpenAI's own server without a key.
    """
    address, key = openai_server(url, settings)
    fields: dict[str, Any] = {"stream_options": {"include_usage": True}}
    if address == OPENAI_URL:  # its reasoning models take no other temperature than their own
        return Dialect(uri, address, key, model, "max_completion_tokens", fields)
    fields["temperature"] = 0.0
    optional = ("stream_options", "temperature", "max_tokens")
    return Dialect(uri, address, key, model, "max_tokens", fields, optional)

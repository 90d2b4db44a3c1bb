"""Chat models by their URIs.

mistral:MODEL           Mistral's chat API
openai:MODEL            the server of the setting openai_base_url
openai:MODEL@BASE_URL   any server with OpenAI's wire format: Ollama, vLLM, llama.cpp, LM Studio, …

There is no default: nothing is sent to a model that the user has not named.
"""

import re
from typing import Final

from semsearch.ask.chat_api import ChatApi
from semsearch.ask.chat_model import ChatModel
from semsearch.ask.dialects import mistral_dialect, openai_dialect
from semsearch.embedders.server_uri import refuse_user
from semsearch.errors import SettingsError
from semsearch.settings.schema import Settings

_URI: Final = re.compile(
    r"(?P<provider>mistral|openai):(?P<model>[^\s?@]+?)(@(?P<url>https?://[^\s?#]+))?"
)
_EXAMPLES: Final = "mistral:mistral-small-latest or openai:MODEL@URL"


def open_chat_model(uri: str | None, settings: Settings) -> ChatModel:
    """Return the chat model of a URI; sends nothing.

    Raises ``SettingsError`` without a URI or for an unknown one, ``KeyRefused`` without its key.
    """
    if uri is None or not uri.strip():
        raise SettingsError(
            f"no model is named that may write an answer; name one with --model {_EXAMPLES}, or by"
            " the setting ask_model: it gets the question and the passages that are found"
        )
    refuse_user(uri)
    found = _URI.fullmatch(uri)
    if found is None or (found["provider"] == "mistral" and found["url"]):
        raise SettingsError(f"there is no chat model {uri!r}; name one such as {_EXAMPLES}")
    if found["provider"] == "mistral":
        return ChatApi(mistral_dialect(found["model"], uri, settings), settings)
    return ChatApi(openai_dialect(found["model"], found["url"], uri, settings), settings)

"""Addresses and keys of the servers of Mistral and of OpenAI's kind, for whatever is asked of them.

A key is sent to the server that the settings name, and to no other.
"""

from typing import Final

from semsearch.embedders.api.http_client import checked_base_url
from semsearch.errors import KeyRefused
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

OPENAI_URL: Final = "https://api.openai.com"


def mistral_key(settings: Settings, advice: str = "") -> Secret:
    """Return the key; raises ``KeyRefused`` without one, with the ``advice`` behind its message."""
    if settings.mistral_api_key is None:
        raise _without_key("Mistral", "MISTRAL", advice)
    return settings.mistral_api_key


def openai_server(
    url: str | None, settings: Settings, advice: str = ""
) -> tuple[str, Secret | None]:
    """Return the address, by default that of the settings, and the key that may be sent there.

    Raises ``SettingsError`` for an invalid address, and ``KeyRefused`` for OpenAI's own server
    without a key.
    """
    home = checked_base_url(settings.openai_base_url)
    address = checked_base_url(url) if url else home
    key = settings.openai_api_key if address == home else None
    if key is None and address == OPENAI_URL:
        raise _without_key("OpenAI", "OPENAI", advice)
    return address, key


def _without_key(name: str, variable: str, advice: str) -> KeyRefused:
    return KeyRefused(
        f"there is no API key for {name}; set {variable}_API_KEY, or put it into a file of mode"
        f" 0600 that {variable}_API_KEY_FILE names{advice}"
    )

"""Prices of chat models, from the providers' published price lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from semsearch.embedders.api.prices import PRICES_AS_OF

_MILLION: Final = 1_000_000
# USD per million tokens, of the prompt and of the answer: Mistral's model pages of that date.
_PUBLISHED: Final = {
    "mistral:mistral-small-latest": (0.15, 0.60),
    "mistral:mistral-small-2603": (0.15, 0.60),
    "mistral:mistral-medium-latest": (1.50, 7.50),
    "mistral:mistral-large-latest": (0.50, 1.50),
    "mistral:mistral-large-2512": (0.50, 1.50),
    "mistral:ministral-8b-latest": (0.15, 0.15),
}


@dataclass(frozen=True, slots=True)
class ChatPrice:
    """USD for a million tokens of prompts and of answers; ``source`` names the price list."""

    prompt_usd: float
    answer_usd: float
    source: str

    def of(self, prompt_tokens: float, answer_tokens: float) -> float:
        """Return the price of a prompt and its answer in USD.

        >>> ChatPrice(0.15, 0.60, "list").of(3000, 1000)
        0.00105
        """
        cost = prompt_tokens * self.prompt_usd + answer_tokens * self.answer_usd
        return round(cost / _MILLION, 12)


def chat_price_of(uri: str, own: Mapping[str, float]) -> ChatPrice | None:
    """Return the price of a chat model: from the settings, else published, else None.

    ``own`` holds USD per million tokens by URI, for prompts and answers alike; behind the URI,
    ``input`` or ``output`` names one of them.
    """
    published = _PUBLISHED.get(uri)
    plain = own.get(uri)
    prompt, answer = own.get(f"{uri} input", plain), own.get(f"{uri} output", plain)
    if prompt is not None and answer is not None:
        return ChatPrice(prompt, answer, "your settings")
    return None if published is None else ChatPrice(*published, f"price list of {PRICES_AS_OF}")

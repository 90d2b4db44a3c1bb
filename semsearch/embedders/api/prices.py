"""Prices of embedding, from the providers' published price lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PRICES_AS_OF: Final = "2026-08-21"
CURRENCY: Final = "USD"
BATCH_SHARE: Final = 0.5  # share of the price through the Batch API; Mistral's batch page
_MILLION: Final = 1_000_000

# USD per million tokens: Mistral's model pages of the date above.
_PUBLISHED: Final = {
    "mistral:mistral-embed": 0.10,
    "mistral:mistral-embed-2312": 0.10,
    "mistral:codestral-embed": 0.15,
    "mistral:codestral-embed-2505": 0.15,
}


@dataclass(frozen=True, slots=True)
class Price:
    """Price of an embedder: ``usd`` for a million tokens; ``source`` names the price list."""

    usd: float
    source: str

    def of(self, tokens: float) -> float:
        """Return the price of some tokens in USD."""
        return tokens * self.usd / _MILLION

    def tokens_for(self, usd: float) -> int:
        """Return the number of tokens that an amount of USD buys; 10**15 when they cost nothing."""
        return int(usd * _MILLION / self.usd + 1e-6) if self.usd > 0 else 10**15


def price_of(uri: str, own: Mapping[str, float]) -> Price | None:
    """Return the price of an embedder's tokens: from the settings, else published, else None.

    ``own`` holds USD per million tokens by URI; there the options after ``?`` may be left out.
    """
    model = uri.partition("?")[0]
    for name in (uri, model):
        if name in own:
            return Price(own[name], "your settings")
    usd = _PUBLISHED.get(model)
    return None if usd is None else Price(usd, f"price list of {PRICES_AS_OF}")

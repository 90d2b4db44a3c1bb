"""What embedding costs, by the providers' published price lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PRICES_AS_OF: Final = "2026-08-21"
CURRENCY: Final = "USD"
BATCH_SHARE: Final = 0.5  # of the price, through the Batch API; Mistral's batch page
_MILLION: Final = 1_000_000

# USD a million tokens: Mistral's model pages of that day.
_PUBLISHED: Final = {
    "mistral:mistral-embed": 0.10,
    "mistral:mistral-embed-2312": 0.10,
    "mistral:codestral-embed": 0.15,
    "mistral:codestral-embed-2505": 0.15,
}


@dataclass(frozen=True, slots=True)
class Price:
    """``usd`` is for a million tokens; ``source`` says where it comes from."""

    usd: float
    source: str

    def of(self, tokens: float) -> float:
        """USD for so many tokens."""
        return tokens * self.usd / _MILLION

    def tokens_for(self, usd: float) -> int:
        """The most tokens that so much pays for; without end when they cost nothing."""
        return int(usd * _MILLION / self.usd + 1e-6) if self.usd > 0 else 10**15


def price_of(uri: str, own: Mapping[str, float]) -> Price | None:
    """The price of an embedder's tokens: from the settings, else published; None when unknown.

    ``own`` are USD a million tokens by URI; what follows a ``?`` in ``uri`` may be left out there.
    """
    model = uri.partition("?")[0]
    for name in (uri, model):
        if name in own:
            return Price(own[name], "your settings")
    usd = _PUBLISHED.get(model)
    return None if usd is None else Price(usd, f"price list of {PRICES_AS_OF}")

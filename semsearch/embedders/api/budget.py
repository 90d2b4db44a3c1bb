"""Token budget of an embedder: tokens spent, reserved and still available."""

import threading
from dataclasses import dataclass, replace
from typing import Any

from semsearch.embedders.api.prices import Price
from semsearch.errors import BudgetReached, SettingsError
from semsearch.settings.amounts import counted, exact_usd_text
from semsearch.settings.schema import Settings


@dataclass(frozen=True, slots=True)
class Spent:
    """Totals of an embedder's requests; ``tokens`` are those that the server counted.

    ``lost_tokens`` is an upper bound for requests whose answer was lost, ``submitted_tokens`` an
    upper bound for started batch jobs. ``batch_texts`` and ``batch_tokens`` came back from batch
    jobs, of this run or an earlier run.
    """

    requests: int = 0
    retries: int = 0
    texts: int = 0
    tokens: int = 0
    lost_tokens: int = 0
    submitted_tokens: int = 0
    batch_texts: int = 0
    batch_tokens: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON names and values."""
        return {
            "requests": self.requests,
            "retries": self.retries,
            "texts": self.texts,
            "tokens": self.tokens,
            "lost_tokens": self.lost_tokens,
            "submitted_tokens": self.submitted_tokens,
            "batch_texts": self.batch_texts,
            "batch_tokens": self.batch_tokens,
        }


class Budget:
    """Keeps the spent tokens at or below a limit; thread-safe.

    Before a request is sent, the most tokens that it can cost are reserved, so the limit holds
    whatever the server counts.
    """

    def __init__(self, most: int | None, shown: str) -> None:
        """``most`` is the limit in tokens, None for none; ``shown`` names it in messages."""
        self._most = most
        self._shown = shown
        self._reserved = 0
        self._lock = threading.Lock()
        self.spent = Spent()

    @property
    def room(self) -> float:
        """Tokens that may still be reserved; infinite without a limit."""
        if self._most is None:
            return float("inf")
        spent = self.spent
        return (
            self._most - spent.tokens - spent.lost_tokens - spent.submitted_tokens - self._reserved
        )

    def reserve(self, tokens: int) -> None:
        """Reserve the upper bound of a request's tokens, no more than ``room``."""
        with self._lock:
            self._reserved += tokens

    def settle(self, reserved: int, *, texts: int, tokens: int) -> None:
        """Replace a reservation by the counted tokens of an answered request."""
        self._count(reserved, requests=1, texts=texts, tokens=tokens)

    def release(self, reserved: int) -> None:
        """Drop the reservation of a request that was refused, which costs nothing."""
        self._count(reserved, requests=1)

    def drop(self, reserved: int) -> None:
        """Drop the reservation of a request that is counted as lost and not sent again."""
        self._count(reserved)

    def lose(self, reserved: int) -> None:
        """Count a request whose answer was lost or unusable as spent, and keep its reservation.

        The reservation is for the retry. Raises ``BudgetReached`` when it does not fit the limit.
        """
        self._count(0, requests=1, lost_tokens=reserved)
        if self.room < 0:
            raise self.reached()

    def submit(self, tokens: int) -> None:
        """Count the upper bound of a started batch job's tokens, which cost half the price."""
        self._count(0, submitted_tokens=tokens)

    def collect(self, texts: int, tokens: int) -> None:
        """Count the texts and tokens of a batch job's line that has come back."""
        self._count(0, batch_texts=texts, batch_tokens=tokens)

    def repeat(self) -> None:
        """Count a retry."""
        self._count(0, retries=1)

    def reached(self) -> BudgetReached:
        """Return the error to raise when the budget allows no further request."""
        spent, lost = self.spent.tokens, self.spent.lost_tokens
        perhaps = f", and perhaps {lost} more for answers that were lost" if lost else ""
        return BudgetReached(
            f"{self._shown} is reached: {counted(spent, 'token')} spent{perhaps}, and the next"
            " text might"
            " go over it; what was embedded is kept, run the same command with a larger budget to"
            " go on"
        )

    def _count(self, reserved: int, **more: int) -> None:
        with self._lock:
            self._reserved -= reserved
            now = self.spent
            self.spent = replace(
                now, **{name: getattr(now, name) + count for name, count in more.items()}
            )


def budget_of(settings: Settings, price: Price | None, uri: str) -> Budget:
    """Return the budget of the settings for the embedder of a URI.

    Raises ``SettingsError`` for a cost limit without a known price.
    """
    limits: list[tuple[int, str]] = []
    if settings.max_tokens is not None:
        limits.append(
            (settings.max_tokens, f"the budget of {counted(settings.max_tokens, 'token')}")
        )
    if settings.max_cost is not None:
        if price is None:
            raise SettingsError(
                f"the price of {uri} is not known, so --max-cost cannot hold; set it in config.toml"
                f' ([prices], "{uri}" = USD a million tokens), or use --max-tokens'
            )
        limits.append(
            (
                price.tokens_for(settings.max_cost),
                f"the budget of {exact_usd_text(settings.max_cost)}",
            )
        )
    return Budget(*min(limits)) if limits else Budget(None, "no budget")

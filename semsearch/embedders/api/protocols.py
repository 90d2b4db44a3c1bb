"""What an embedder has that sends texts to a server, beside what all have."""

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from semsearch.embedders.api.budget import Budget, Spent
from semsearch.embedders.api.forecast import Forecast
from semsearch.embedders.api.prices import Price
from semsearch.embedders.api.request_packer import LearnedLimit
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.token_counts import CountedTokens

if TYPE_CHECKING:
    from semsearch.embedders.api.batch_api import BatchApi

_NO_LIMIT: Final = 1 << 30


@runtime_checkable
class Billed(Protocol):
    """An embedder that sends texts to a server, which may bill them."""

    @property
    def host(self) -> str:
        """Who gets the texts."""

    @property
    def price(self) -> Price | None:
        """What its tokens cost; None when that is not known."""

    @property
    def spent(self) -> Spent:
        """All that was sent so far."""

    @property
    def requests_a_minute(self) -> float | None:
        """The server's limit; reckoned with before it has said it; None when there is none."""

    def forecast(self) -> Forecast:
        """For texts that may be embedded."""

    @property
    def experience(self) -> str:
        """What was learned of the server, as JSON: for ``recall`` the next time."""

    def recall(self, experience: str) -> None:
        """Begin where an earlier run has ended; what is no experience of this version is not."""


@runtime_checkable
class Batching(Protocol):
    """An embedder whose provider may have a batch API, at half the price."""

    @property
    def batch_api(self) -> "BatchApi | None":
        """The model's jobs; None where the provider has none."""

    @property
    def budget(self) -> Budget:
        """What may still be spent."""

    def count_tokens(self, text: str) -> int:
        """As every embedder's."""


def forecast_of(embedder: Embedder) -> Forecast:
    """An empty forecast for any embedder; one on this machine sends no requests."""
    if isinstance(embedder, Billed):
        return embedder.forecast()
    counter = CountedTokens(embedder.count_tokens)
    return Forecast(counter, LearnedLimit(1, 1), LearnedLimit(_NO_LIMIT, _NO_LIMIT))

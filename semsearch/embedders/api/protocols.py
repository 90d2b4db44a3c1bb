"""Protocols of embedders that send texts to a server, beside ``Embedder``."""

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from semsearch.embedders.api.batch_api import BatchApi
    from semsearch.embedders.api.budget import Budget, Spent
    from semsearch.embedders.api.forecast import Forecast
    from semsearch.embedders.api.prices import Price
    from semsearch.embedders.api.truncation import Truncation
    from semsearch.embedders.embedder import Embedder

_NO_LIMIT: Final = 1 << 30


@runtime_checkable
class Billed(Protocol):
    """An embedder that sends texts to a server, which may bill them."""

    @property
    def host(self) -> str:
        """Host name of the server that receives the texts."""

    @property
    def price(self) -> "Price | None":
        """Price of the embedder's tokens; None when it is not known."""

    @property
    def spent(self) -> "Spent":
        """Totals of the requests and tokens sent so far."""

    @property
    def requests_a_minute(self) -> float | None:
        """The server's rate limit, else the assumed rate; None when there is no limit."""

    def forecast(self) -> "Forecast":
        """Return an empty forecast for texts that may be embedded."""

    @property
    def learned_limits(self) -> str:
        """Limits and token weights learned from the server, as JSON for ``recall``."""

    def recall(self, learned_limits: str) -> None:
        """Start from limits that an earlier run learned; JSON of another version is ignored."""


@runtime_checkable
class Truncating(Protocol):
    """An embedder whose server may read only the beginning of a long text."""

    @property
    def host(self) -> str:
        """Host name of the server that receives the texts."""

    @property
    def may_truncate(self) -> bool:
        """Whether that server may read only the beginning of a long text."""

    @property
    def truncation(self) -> "Truncation":
        """What is known of how much the server reads of long texts."""

    def probe_texts(self, characters: int) -> tuple[str, ...]:
        """Return the texts that a run sends before the first long text; none if it is measured."""

    def probe_truncation(self, text: str, characters: int) -> None:
        """Measure how much the server reads of texts like this one, unless that is known."""

    def recall_truncation(self, learned_limits: str) -> None:
        """Know what an earlier run has measured, and leave all else as it is."""


@runtime_checkable
class Batching(Protocol):
    """An embedder whose provider may offer a batch API at half the price."""

    @property
    def batch_api(self) -> "BatchApi | None":
        """Batch API client of the model; None when the provider has no batch API."""

    @property
    def budget(self) -> "Budget":
        """The token budget of the embedder."""

    def count_tokens(self, text: str) -> int:
        """Return the tokens of a text, exact or an upper bound."""


def forecast_of(embedder: "Embedder") -> "Forecast":
    """Return an empty forecast for any embedder; a local embedder sends no requests."""
    return embedder.forecast() if isinstance(embedder, Billed) else text_forecast(embedder)


def text_forecast(embedder: "Embedder") -> "Forecast":
    """Return an empty forecast with each text as a request, of the embedder's own counts."""
    # Imported here: a run without a change forecasts nothing.
    from semsearch.embedders.api.forecast import Forecast
    from semsearch.embedders.api.request_packer import LearnedLimit
    from semsearch.embedders.token_counts import ExactTokenCounter

    counter = ExactTokenCounter(embedder.count_tokens)
    return Forecast(counter, LearnedLimit(1, 1), LearnedLimit(_NO_LIMIT, _NO_LIMIT))

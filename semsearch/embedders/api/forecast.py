"""Forecast of the tokens and requests that embedding some texts needs; sends nothing."""

from semsearch.embedders.api.needs import Needs
from semsearch.embedders.api.request_packer import Item, LearnedLimit, Limits, Pool, expected_of
from semsearch.embedders.token_counts import TokenCounter

_READY = 2  # size of the pool in requests, as in the sender


class Forecast:
    """Counts the tokens of added texts, and packs them into requests as a run would."""

    def __init__(self, counter: TokenCounter, inputs: LearnedLimit, tokens: LearnedLimit) -> None:
        """The limits are those that a run would start with; the forecast lets them grow."""
        self._counter = counter
        self._inputs = inputs
        self._tokens = tokens
        self._pool = Pool()
        self._counted = 0
        self._texts = 0
        self._requests = 0

    def add(self, text: str) -> None:
        """Add a text that has no vector yet."""
        self._texts += 1
        expected = self._counter.expect(text)
        self._pool.put([Item(text, [], expected, 0)])
        while len(self._pool) >= _READY * self._inputs.size or (
            self._pool.tokens >= _READY * self._tokens.size
        ):
            self._send()

    def needs(self) -> Needs:
        """Return the totals of all added texts."""
        while len(self._pool):
            self._send()
        return Needs(self._texts, self._counted, self._requests, self._counter.margin == 0)

    def _send(self) -> None:
        items = self._pool.take(Limits(self._inputs.size, self._tokens.size))
        tokens = round(expected_of(items).tokens)
        self._requests += 1
        self._counted += tokens
        was_full = self._inputs.is_filled_by(len(items)) or self._tokens.is_filled_by(tokens)
        self._inputs.taken(len(items), was_full=was_full)
        self._tokens.taken(tokens, was_full=was_full)

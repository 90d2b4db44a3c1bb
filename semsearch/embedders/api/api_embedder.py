"""Embedder behind an API with OpenAI's wire format; providers describe their service."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from semsearch.embedders.api.batch_api import BatchApi
from semsearch.embedders.api.budget import Spent, budget_of
from semsearch.embedders.api.endpoint import Endpoint
from semsearch.embedders.api.forecast import Forecast
from semsearch.embedders.api.http_client import HttpClient
from semsearch.embedders.api.learned_limits import LearnedLimits
from semsearch.embedders.api.prices import price_of
from semsearch.embedders.api.rate_limiter import RateLimiter
from semsearch.embedders.api.request_packer import LearnedLimit
from semsearch.embedders.api.sender import Sender, Server
from semsearch.embedders.api.truncation import Script, Truncation, Window
from semsearch.embedders.api.truncation_probe import measured_window, probe_texts
from semsearch.embedders.embedder import EmbeddedBatch, embedded
from semsearch.embedders.token_counts import ExactTokenCounter, LearnedTokenCounter, byte_bound
from semsearch.errors import TextsRefused
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

# What works without a key; naming another embedder for an index that has one is refused.
WITHOUT_KEY: Final = (
    "; without a key semsearch query --mode keyword finds by words, and semsearch rebuild"
    " --embedder local:minilm makes the index with a model on this machine"
)


@dataclass(frozen=True, slots=True)
class ModelService:
    """Properties of a model on a server that are known before its first answer.

    ``fields`` are the request's fields beside ``input``. ``first_…`` is the size of the first
    requests, accepted by every such server; ``most_…`` is the size that requests never exceed.
    ``requests_a_minute`` is assumed until the server states its limit. ``other_path`` is asked
    where the usual route is not found. ``may_truncate`` is True for servers that may read only the
    beginning of a long text, and not say so; ``is_perhaps_slow`` for those that may run on a
    machine that takes minutes for a large request. ``prefixes`` are put before each question, and
    before each passage.
    """

    uri: str
    base_url: str
    key: Secret | None
    fields: Mapping[str, Any]
    dimension: int | None
    max_tokens: int
    first_inputs: int
    most_inputs: int
    first_tokens: int
    most_tokens: int
    requests_a_minute: float | None
    has_batches: bool = False
    count: Callable[[str], int] | None = None
    other_path: str | None = None
    may_truncate: bool = False
    prefixes: tuple[str, str] = ("", "")
    is_perhaps_slow: bool = False


class RemoteEmbedder:
    """Embedder that packs texts into requests, sends them concurrently and checks each answer."""

    is_local = False

    def __init__(self, service: ModelService, settings: Settings) -> None:
        """Raises ``SettingsError`` for a bad base URL, or a cost limit without a known price."""
        self.uri = service.uri
        self.max_tokens = service.max_tokens
        self.price = price_of(service.uri, settings.prices)
        self._service = service
        self._settings = settings
        self._requests_a_minute = service.requests_a_minute
        self._known = LearnedLimits()
        self._of_questions: RemoteEmbedder | None = None
        self._sends_whole = False  # also texts that the server is known to cut
        self.budget = budget_of(settings, self.price, service.uri)
        rate_limiter = RateLimiter(settings.concurrency)
        client = HttpClient(
            service.base_url,
            service.key,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
            total_seconds=settings.connect_seconds + 2 * settings.read_seconds,
            proxy=settings.proxy,
        )
        self.host = client.host
        self.batch_api = (
            BatchApi(client, service.fields, service.key, backoff_seconds=settings.backoff_seconds)
            if service.has_batches
            else None
        )
        self._server = Server(
            Endpoint(
                client,
                service.fields,
                service.key,
                rate_limiter,
                self.budget,
                retry_seconds=settings.retry_seconds,
                backoff_seconds=settings.backoff_seconds,
                other_path=service.other_path,
                is_perhaps_slow=service.is_perhaps_slow,
                prefix=service.prefixes[1],
            ),
            rate_limiter,
            self.budget,
            LearnedTokenCounter(prefix=service.prefixes[1]),
            *self._first_limits(),
            service.dimension,
        )

    @property
    def spent(self) -> Spent:
        """Totals of the requests and tokens sent so far."""
        return self.budget.spent

    @property
    def requests_a_minute(self) -> float | None:
        """The server's rate limit, else the assumed rate; None when there is no limit."""
        return self._server.rate_limiter.limit or self._requests_a_minute

    def count_tokens(self, text: str) -> int:
        """Return an upper bound of the tokens, from the bytes: chunking needs no vocabulary."""
        return byte_bound(text)

    @property
    def may_truncate(self) -> bool:
        """Whether the server may read only the beginning of a long text."""
        return self._service.may_truncate

    def for_questions(self) -> "RemoteEmbedder":
        """Return the embedder for questions: itself, unless they have a prefix of their own."""
        question, passage = self._service.prefixes
        if question == passage:
            return self
        if self._of_questions is None:  # kept: it learns by which route the server answers
            self._of_questions, server = copy.copy(self), self._server
            counter = LearnedTokenCounter(self._known.weights, question)
            endpoint = server.endpoint.with_prefix(question)
            self._of_questions._server = replace(server, endpoint=endpoint, counter=counter)
        return self._of_questions

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield a batch for each answered request, in the order of the answers.

        A text that the server refuses does not block the other texts: they are embedded first, then
        ``TextsRefused`` is raised.
        """
        return Sender(self.uri, self._server, texts, sends_whole=self._sends_whole)

    @property
    def truncation(self) -> Truncation:
        """What is known of how much the server reads of long texts."""
        return self._server.truncation

    def probe_texts(self, characters: int) -> tuple[str, ...]:
        """Return the texts that a run sends before the first long text; none if it is measured."""
        if not self._service.may_truncate or self.truncation.windows:
            return ()
        return probe_texts(Script.LATIN, characters, self.max_tokens)

    def probe_truncation(self, text: str, characters: int) -> None:
        """Measure how much the server reads of texts like this one, unless that is known.

        ``characters`` is the length of the longest texts. Where the server refuses the probe's
        texts, texts like them count as read whole. Raises ``EmbedderError``; a budget without room
        for the probe ends the run before a text might be cut.
        """
        if not self._service.may_truncate:
            return
        for script in self.truncation.unknown(text, characters):
            whole = copy.copy(self)
            whole._sends_whole = True
            try:
                self.truncation.windows[script] = measured_window(
                    partial(embedded, whole), script, characters, self.max_tokens
                )
            except TextsRefused:  # must not pass for a refusal of the documents' texts
                self.truncation.windows[script] = Window(characters)

    def recall_truncation(self, learned_limits: str) -> None:
        """Know what an earlier run has measured of long texts; what this one has comes first."""
        known = Truncation.of_json(LearnedLimits.parsed(learned_limits).windows)
        self.truncation.windows = known.windows | self.truncation.windows

    def forecast(self) -> Forecast:
        """Return a forecast for texts that may be embedded; later learning does not change it.

        From this call on tokens are counted exactly where a vocabulary is installed. Queries never
        call it, so that they need not wait for the vocabulary to load.
        """
        if self._service.count is not None and isinstance(
            self._server.counter, LearnedTokenCounter
        ):
            self._server.counter = ExactTokenCounter(self._service.count)
        return Forecast(copy.deepcopy(self._server.counter), *self._first_limits())

    @property
    def learned_limits(self) -> str:
        """Limits and token weights learned from the server, as JSON."""
        server = self._server
        counter = server.counter
        weights = (
            counter.weights.round(4).tolist()
            if isinstance(counter, LearnedTokenCounter)
            else self._known.weights
        )
        return LearnedLimits(
            weights,
            server.rate_limiter.limit,
            server.inputs.most_taken,
            server.tokens.most_taken,
            server.truncation.to_json(),
            server.endpoint.stated_tokens.are_characters,
        ).to_json()

    def recall(self, learned_limits: str) -> None:
        """Start from the token weights, rate and request sizes that an earlier run learned."""
        self._known = known = LearnedLimits.parsed(learned_limits)
        self._of_questions = None
        if known.weights is not None and isinstance(self._server.counter, LearnedTokenCounter):
            self._server.counter = LearnedTokenCounter(known.weights, self._service.prefixes[1])
        if known.requests_a_minute is not None:
            self._requests_a_minute = known.requests_a_minute
        self._server.inputs, self._server.tokens = self._first_limits()
        self._server.truncation = Truncation.of_json(known.windows)
        self._server.endpoint.stated_tokens.are_characters = known.counts_characters

    def _first_limits(self) -> tuple[LearnedLimit, LearnedLimit]:
        service, settings, known = self._service, self._settings, self._known
        return (
            LearnedLimit(
                max(service.first_inputs, known.inputs),
                settings.request_inputs or service.most_inputs,
            ),
            LearnedLimit(
                max(service.first_tokens, known.tokens),
                settings.request_tokens or service.most_tokens,
            ),
        )

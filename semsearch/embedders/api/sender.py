"""Concurrent sender: texts → vectors in packed requests, several in flight, in any order.

The caller's thread takes the texts, packs the requests and handles the answers. Each request waits
for the rate limiter and is retried in a daemon thread of its own.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final

import numpy as np

from semsearch.embedders.api.budget import Budget
from semsearch.embedders.api.endpoint import Call, Endpoint
from semsearch.embedders.api.long_texts import halves, joined
from semsearch.embedders.api.rate_limiter import RateLimiter, Stopped
from semsearch.embedders.api.refusals import Cause, Refusal
from semsearch.embedders.api.replies import EmbeddingReply
from semsearch.embedders.api.request_packer import Item, LearnedLimit, Limits, Pool, expected_of
from semsearch.embedders.api.truncation import Truncation
from semsearch.embedders.embedder import EmbeddedBatch, ReadsAhead
from semsearch.embedders.interrupts import raise_held
from semsearch.embedders.token_counts import TokenCounter, byte_bound
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ReplyInvalid, RequestRefused, TextsRefused
from semsearch.settings.amounts import counted

_READY: Final = 2  # size of the pool, in requests
_POLL: Final = 0.2  # seconds; on Windows a wait without timeout cannot be interrupted
_LAST_ANSWERS: Final = 8.0  # seconds to wait for answers in flight when a run is stopped
_PAUSE: Final = 5.0  # seconds before the only retry of an implausible refusal
_SUSPICIOUS: Final = 16  # refused texts in a row after which the run fails
_SUSPICIOUS_AT_FIRST: Final = 3  # the limit before any request was answered
_QUICK: Final = 5.0  # seconds; after a slower answer requests do not grow


@dataclass(frozen=True, slots=True, eq=False)
class _InFlight:
    """Request in flight: its items, its reserved tokens and its start in monotonic seconds."""

    items: Sequence[Item]
    bound: int
    began: float


@dataclass(slots=True)
class _Split:
    """A text embedded in parts; ``missing`` parts have no vector yet."""

    item: Item
    missing: int
    vectors: list[Vectors] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


_Outcome = EmbeddingReply | Refusal | Exception


@dataclass(slots=True)
class Server:
    """State learned about a server, shared by all ``embed`` calls of an embedder."""

    endpoint: Endpoint
    rate_limiter: RateLimiter
    budget: Budget
    counter: TokenCounter
    inputs: LearnedLimit
    tokens: LearnedLimit
    dimension: int | None
    is_proven: bool = False  # has answered once: refusals are not due to the key or the model
    longest: int = 0  # bytes of the longest text that was taken
    truncation: Truncation = field(default_factory=Truncation)

    def learn(self, inputs: int, tokens: int) -> None:
        """Record the size of an accepted request."""
        was_full = self.inputs.is_filled_by(inputs) or self.tokens.is_filled_by(tokens)
        self.inputs.taken(inputs, was_full=was_full)
        self.tokens.taken(tokens, was_full=was_full)

    @property
    def limits(self) -> Limits:
        """Limits for packing a request; token estimates are given their margin of error."""
        return Limits(self.inputs.size, int(self.tokens.size / (1 + self.counter.margin)))


class Sender(Iterator[EmbeddedBatch]):
    """Iterator over the batches of some texts, in the order of the answers.

    Equal texts that wait together are sent once. A text that is refused for its length is split and
    embedded in parts. An error is raised after all requests in flight have been answered.
    """

    def __init__(
        self, uri: str, server: Server, texts: Iterable[str], *, sends_whole: bool = False
    ) -> None:
        """``sends_whole`` leaves texts whole although the server is known to cut them."""
        self._uri = uri
        self._server = server
        self._sends_whole = sends_whole
        self._texts = iter(texts)
        self._source = texts if isinstance(texts, ReadsAhead) else None
        self._count = 0
        self._is_exhausted = False
        self._pool = Pool()
        self._waiting: dict[str, Item] = {}  # items of the pool by text, to merge equal texts
        self._groups: deque[Sequence[Item]] = deque()  # ready-made requests, sent before the pool
        self._under_way: set[_InFlight] = set()
        self._answers: SimpleQueue[tuple[_InFlight, _Outcome]] = SimpleQueue()
        self._ready: deque[EmbeddedBatch] = deque()
        self._splits: list[_Split] = []
        self._asked_twice: set[str] = set()
        self._refused: dict[int, str] = {}
        self._in_a_row = 0  # refused texts since the last answer
        self._suspect: Exception | None = None
        self._failure: Exception | None = None

    def __next__(self) -> EmbeddedBatch:
        while not self._ready:
            self._send()
            if not self._under_way:
                raise self._end()
            self._read_ahead()
            self._receive()
        return self._ready.popleft()

    def in_hand(self) -> Iterator[EmbeddedBatch]:
        """Yield the batches of requests in flight, waiting at most 8 seconds. Sends nothing."""
        self._server.rate_limiter.stop()
        deadline = time.monotonic() + _LAST_ANSWERS
        while self._ready or (self._under_way and time.monotonic() < deadline):
            if self._ready:
                yield self._ready.popleft()
            else:
                self._receive()

    def _end(self) -> Exception:
        if not self._server.is_proven:
            self._failure = self._failure or self._suspect
        if self._failure is not None:
            return self._failure
        return TextsRefused(self._refused) if self._refused else StopIteration()

    # Sender.

    def _send(self) -> None:
        """Start requests up to the concurrency of the rate limiter."""
        while self._failure is None and len(self._under_way) < self._server.rate_limiter.width:
            items = self._groups.popleft() if self._groups else self._packed()
            if not items:
                return
            bound = sum(item.bound for item in items)
            self._server.budget.reserve(bound)
            self._start(_InFlight(items, bound, time.monotonic()))

    def _packed(self) -> Sequence[Item]:
        """The items of the next request; empty while more texts could still fill it."""
        self._take_texts()
        if self._failure is not None or not (self._is_exhausted or self._has_enough()):
            return ()
        items = self._pool.take(self._server.limits, self._server.budget.room)
        for item in items:
            self._waiting.pop(item.text, None)
        if not items and len(self._pool) and not self._under_way:
            self._failure = self._server.budget.reached()
        return items

    def _take_texts(self) -> None:
        """Fill the pool with enough texts to choose from; stop early when an answer arrives."""
        while not (self._is_exhausted or self._has_enough()):
            if self._under_way and not self._answers.empty():
                return
            try:
                if self._under_way and self._source and not self._source.is_at_hand():
                    self._source.read_ahead()
                else:
                    self._put(next(self._texts))
            except StopIteration:
                self._is_exhausted = True
            except Exception as error:
                self._failure = error
                return

    def _read_ahead(self) -> None:
        """Have files read until an answer arrives, or there is none that can be read now."""
        try:
            while self._source and self._failure is None and self._answers.empty():
                if not self._source.read_ahead():
                    return
        except Exception as error:
            self._failure = error

    def _has_enough(self) -> bool:
        limits = self._server.limits
        return len(self._pool) >= _READY * limits.inputs or (
            self._pool.tokens >= _READY * limits.tokens
        )

    def _put(self, text: str) -> None:
        if not text.strip():
            raise RequestRefused("a blank text has no meaning to embed; leave it out")
        position, self._count = self._count, self._count + 1
        if (same := self._waiting.get(text)) is not None:
            same.positions.append(position)
            return
        item = self._item(text, [position])
        parts = [text] if self._sends_whole else self._server.truncation.parts(text)
        if len(parts) == 1:
            self._waiting[text] = item
            self._pool.put([item])
            return
        self._splits.append(_Split(item, len(parts)))
        self._pool.put(self._item(part, [], len(self._splits) - 1) for part in parts)

    def _item(self, text: str, positions: list[int], split: int | None = None) -> Item:
        counter = self._server.counter
        return Item(text, positions, counter.expect(text), counter.bound(text), split)

    def _start(self, sent: _InFlight) -> None:
        self._under_way.add(sent)
        call = Call([item.text for item in sent.items], expected_of(sent.items).tokens, sent.bound)

        def ask() -> None:
            try:
                self._answers.put((sent, self._server.endpoint.ask(call)))
            except Exception as error:
                self._answers.put((sent, error))

        threading.Thread(target=ask, daemon=True).start()

    # Receiving.

    def _receive(self) -> None:
        """Handle the next answer that arrives within the poll interval."""
        try:
            sent, outcome = self._answers.get(timeout=_POLL)
        except Empty:
            raise_held()
            return
        self._under_way.discard(sent)
        if isinstance(outcome, EmbeddingReply):
            self._embedded(sent, outcome)
        elif isinstance(outcome, Refusal):
            self._deal_with(list(sent.items), outcome)
        elif not isinstance(outcome, Stopped):
            self._failure = self._failure or outcome

    def _embedded(self, sent: _InFlight, reply: EmbeddingReply) -> None:
        server = self._server
        dimension = reply.vectors.shape[1]
        if server.dimension not in (None, dimension):
            self._failure = self._failure or ReplyInvalid(
                f"{self._uri} gave vectors of {dimension} numbers instead of {server.dimension};"
                " nothing of them was stored"
            )
            return
        server.dimension = dimension
        server.is_proven = True
        self._in_a_row = 0
        expected = expected_of(sent.items)
        tokens = round(expected.tokens) if reply.tokens is None else reply.tokens
        if reply.tokens is not None:
            server.counter.learn(expected, tokens)
        server.longest = max(server.longest, *(byte_bound(item.text) for item in sent.items))
        if time.monotonic() - sent.began < _QUICK:
            server.learn(len(sent.items), tokens)
        self._ready.append(self._batch(sent.items, reply.vectors, tokens))

    def _batch(self, items: Sequence[Item], vectors: Vectors, tokens: int) -> EmbeddedBatch:
        """Batch of the texts whose vectors are complete; parts wait for each other."""
        rows: dict[int, Vectors] = {}
        parts: dict[int, int] = {}
        for item, row in zip(items, vectors, strict=True):
            if item.split is None:
                rows |= dict.fromkeys(item.positions, row)
                continue
            split = self._splits[item.split]
            split.vectors.append(row)
            split.weights.append(item.expected.tokens)
            split.missing -= 1
            if not split.missing:
                positions = split.item.positions
                rows |= dict.fromkeys(positions, joined(split.vectors, split.weights))
                parts |= dict.fromkeys(positions, len(split.vectors))
        stacked = np.array(list(rows.values()), dtype=np.float32).reshape(-1, vectors.shape[1])
        return EmbeddedBatch(tuple(rows), stacked, tokens, parts)

    def _deal_with(self, items: list[Item], refusal: Refusal) -> None:
        """Send the items of a refused request again in smaller requests or parts, or give up."""
        server, cause = self._server, refusal.cause
        is_too_many = cause in (Cause.TOO_MANY, Cause.TOO_MANY_INPUTS, Cause.TOO_MANY_TOKENS)
        if cause is Cause.FINAL:
            self._failure = self._failure or refusal.error()
        elif is_too_many and len(items) > 1:
            if cause is not Cause.TOO_MANY_TOKENS:
                server.inputs.refused(len(items), refusal.limit)
            if cause is not Cause.TOO_MANY_INPUTS:
                tokens = refusal.tokens or round(expected_of(items).tokens)
                server.tokens.refused(tokens, refusal.limit)
            self._pool.put(items)
        elif is_too_many and items[0].text not in self._asked_twice:
            self._asked_twice.add(
                items[0].text
            )  # servers were seen to refuse a single small text once
            server.rate_limiter.hold(_PAUSE)
            self._groups.append(items)
        elif (at := refusal.position) is not None and at < len(items) > 1:
            self._split(items.pop(at), refusal)
            self._groups.append(items)
        elif len(items) > 1:
            middle = len(items) // 2
            self._groups.extendleft((items[middle:], items[:middle]))
        elif is_too_many or cause is Cause.TEXT_TOO_LONG or self._is_longest(items[0]):
            self._split(items[0], refusal)
        else:
            self._refuse(items[0], refusal)

    def _is_longest(self, item: Item) -> bool:
        """Whether no text so long was taken yet: its length may be the cause, whatever is said."""
        return self._server.is_proven and byte_bound(item.text) > self._server.longest

    def _split(self, item: Item, refusal: Refusal) -> None:
        """Send both halves of a text instead; a text too short to split is refused."""
        texts = halves(item.text)
        if texts is None:
            self._refuse(item, refusal)
            return
        if item.split is None:
            self._splits.append(_Split(item, 1))
        number = len(self._splits) - 1 if item.split is None else item.split
        self._splits[number].missing += 1
        self._pool.put(self._item(text, [], number) for text in texts)

    def _refuse(self, item: Item, refusal: Refusal) -> None:
        """Give a text up.

        Many refused texts in a row (16; before the first answer 3) mean that the cause is not in
        the texts, and the run fails.
        """
        whole = item if item.split is None else self._splits[item.split].item
        reason = f"{refusal.error()}; the text has {counted(len(whole.text), 'character')}"
        self._refused |= dict.fromkeys(whole.positions, reason)
        if refusal.cause is not Cause.TEXT_TOO_LONG:
            self._in_a_row += 1
            self._suspect = self._suspect or refusal.error()
            if self._in_a_row >= (_SUSPICIOUS if self._server.is_proven else _SUSPICIOUS_AT_FIRST):
                self._failure = self._failure or self._suspect

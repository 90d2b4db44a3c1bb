"""Embeddings endpoint of one model: texts → vectors or a refusal, with retries."""

import copy
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import tenacity

from semsearch.embedders.api.budget import Budget
from semsearch.embedders.api.http_client import HttpClient, HttpReply, NotInTime, NotSent, readable
from semsearch.embedders.api.rate_limiter import RateLimiter, Ticket
from semsearch.embedders.api.refusals import Cause, Refusal, late_answer, refusal_of
from semsearch.embedders.api.replies import EmbeddingReply, parsed_reply
from semsearch.embedders.api.stated_tokens import StatedTokens
from semsearch.errors import EmbedderError, EmbedderUnavailable, ReplyInvalid
from semsearch.settings.secrets import Secret

USUAL_PATH: Final = "/v1/embeddings"
_OK, _NOT_FOUND = 200, 404
_BYTES_A_VECTOR: Final = 1 << 17  # 1,024 numbers take 19 KB; codestral-embed gives up to 3,072
_BYTES_AROUND: Final = 1 << 20
_ATTEMPTS: Final = 8
# Fewer attempts where the lost request may have been billed: unreadable answers, lost answers.
_DAMAGED_ATTEMPTS: Final = 2
_LOST_ATTEMPTS: Final = 4
_MOST_LATE: Final = 4  # sizes of requests, without an answer to one; then the server is tried again
_LONGEST_BACKOFF: Final = 60.0  # seconds
_LONGEST_ASKED: Final = 120.0  # seconds; a longer Retry-After is cut to this
_SECONDS: Final = re.compile(
    r"[0-9]{1,20}(\.[0-9]*)?"
)  # RFC 9110 allows no fraction, but servers send it

_log: Final = logging.getLogger(__name__)
_SILENT: Final = 5.0  # seconds of retries after which a person hears of them


@dataclass(frozen=True, slots=True)
class Call:
    """Texts of one request, with the expected ``tokens`` and the upper ``bound`` of tokens."""

    texts: Sequence[str]
    tokens: float
    bound: int


class Endpoint:
    """The embeddings route for one model, with retries, rate limit and budget; thread-safe.

    It is ``POST /v1/embeddings``, or another route where the server answers that there is none.
    """

    def __init__(
        self,
        client: HttpClient,
        fields: Mapping[str, Any],
        key: Secret | None,
        rate_limiter: RateLimiter,
        budget: Budget,
        *,
        retry_seconds: float,
        backoff_seconds: float,
        other_path: str | None = None,
        is_perhaps_slow: bool = False,
        prefix: str = "",
    ) -> None:
        """``fields`` are the fields of the request body, without ``input``.

        ``retry_seconds`` is how long a request is retried. ``backoff_seconds`` is the longest wait
        before the second attempt; it doubles with each attempt. ``other_path`` is the route of
        servers that have no usual one. ``is_perhaps_slow`` is True for servers to which a smaller
        request is sent when an answer does not come in time. ``prefix`` is put before each text.
        """
        self._prefix = prefix
        self._path = USUAL_PATH
        self._other_path = other_path
        self._is_perhaps_slow = is_perhaps_slow
        self._client = client
        self._fields = dict(fields)
        self._key = key
        self._rate_limiter = rate_limiter
        self._budget = budget
        self._backoff = tenacity.wait_random_exponential(
            multiplier=backoff_seconds, max=_LONGEST_BACKOFF
        )
        self._retry_seconds = retry_seconds
        self._late: set[int] = set()  # numbers of texts that had no answer in time since the last
        self._has_told = False  # that an answer takes long
        self.stated_tokens = StatedTokens(client.host)
        patience = tenacity.stop_before_delay(retry_seconds)
        self._stop = lambda state: patience(state) or _is_last(state)

    @property
    def host(self) -> str:
        """Host name of the server that receives the texts."""
        return self._client.host

    def with_prefix(self, prefix: str) -> "Endpoint":
        """Return the same route for texts with another prefix."""
        other = copy.copy(self)
        other._prefix = prefix
        return other

    def ask(self, call: Call) -> EmbeddingReply | Refusal:
        """Send a request, with retries; return the vectors, or a refusal that is final.

        ``call.bound`` must be reserved in the budget already. Raises ``EmbedderError``, and
        ``Stopped`` when the run ends.
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Retryable),
            wait=self._wait,
            stop=self._stop,
            sleep=self._rate_limiter.sleep,
            before_sleep=self._before_sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, call)
        except _Retryable as last:
            raise last.error from None

    def _attempt(self, call: Call) -> EmbeddingReply | Refusal:
        ticket = self._rate_limiter.admit(call.tokens)
        started = time.monotonic()
        body = {**self._fields, "input": self._sent(call.texts)}
        largest = _BYTES_AROUND + len(call.texts) * _BYTES_A_VECTOR
        try:
            reply = self._posted(body, largest)
        except EmbedderError as error:
            self._rate_limiter.failed(ticket, {}, is_limit=False)
            if isinstance(error, NotSent):
                raise _Retryable(error) from None
            self._budget.lose(call.bound)
            is_late = isinstance(error, NotInTime) and self._is_perhaps_slow
            if is_late and self._may_be_smaller(len(call.texts)):
                self._budget.drop(call.bound)
                return late_answer(self.host)
            if isinstance(error, EmbedderUnavailable):
                raise _Retryable(error, attempts=_LOST_ATTEMPTS) from None
            raise
        self._log(call, reply, time.monotonic() - started)
        if reply.status == _OK:
            return self._answered(call, ticket, reply)
        return self._refused(call, ticket, reply)

    def _may_be_smaller(self, texts: int) -> bool:
        """Whether a smaller request is to be tried; several of one size may be late at once."""
        if texts == 1 or (texts not in self._late and len(self._late) == _MOST_LATE):
            return False
        self._late.add(texts)
        return True

    def _sent(self, texts: Sequence[str]) -> list[str]:
        return [self._prefix + text for text in texts]

    def _posted(self, body: Mapping[str, Any], largest: int) -> HttpReply:
        """The answer of the usual route, or of the other one if only that is there."""
        path, other = self._path, self._other_path
        reply = self._client.post(path, body, largest=largest)
        is_route = reply.status == _NOT_FOUND and b"model" not in reply.body.lower()
        if not is_route or other is None or path == other:
            return reply
        elsewhere = self._client.post(other, body, largest=largest)
        if elsewhere.status == _NOT_FOUND:
            return reply
        self._path = other
        return elsewhere

    def _answered(self, call: Call, ticket: Ticket, reply: HttpReply) -> EmbeddingReply:
        self._rate_limiter.answered(ticket, reply.headers)
        self._late.clear()
        try:
            answer = parsed_reply(reply.body, len(call.texts), self.host, self._key)
        except ReplyInvalid as error:
            self._budget.lose(call.bound)
            raise _Retryable(error, attempts=_DAMAGED_ATTEMPTS) from None
        counted = self.stated_tokens.seen(self._sent(call.texts), call.tokens, answer.tokens)
        self._budget.settle(call.bound, texts=len(call.texts), tokens=counted.to_spend)
        return replace(answer, tokens=counted.to_learn)

    def _refused(self, call: Call, ticket: Ticket, reply: HttpReply) -> Refusal:
        refusal = refusal_of(reply, self.host, self._key)
        if refusal.cause is not Cause.PASSING:
            self._rate_limiter.refused(ticket, reply.headers)
            self._budget.release(call.bound)
            return refusal
        self._rate_limiter.failed(ticket, reply.headers, is_limit=refusal.is_rate)
        raise _Retryable(refusal.error(), wait=retry_after_seconds(reply), is_rate=refusal.is_rate)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before a retry: ``Retry-After``, else exponential backoff with full jitter."""
        failure = state.outcome.exception() if state.outcome else None
        backoff = self._backoff(state)
        if isinstance(failure, _Retryable) and failure.wait is not None:
            return failure.wait + min(backoff, 1.0)  # jitter: clients do not all retry at once
        return backoff

    def _before_sleep(self, state: tenacity.RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        if isinstance(failure, _Retryable):
            _log.info("attempt %d: %s; waits %.1f s", state.attempt_number, failure.error, seconds)
            is_long = state.seconds_since_start is not None and state.seconds_since_start > _SILENT
            if is_long and not self._has_told:
                self._has_told = True
                _log.warning(
                    "%s; it is tried again for up to %.0f s",
                    failure.error,
                    self._retry_seconds,
                )
            if failure.is_rate:
                self._rate_limiter.hold(seconds)
        self._budget.repeat()

    def _log(self, call: Call, reply: HttpReply, seconds: float) -> None:
        _log.info(
            "%s: %d texts, about %d tokens: HTTP %d in %.0f ms, correlation id %s",
            self.host,
            len(call.texts),
            call.tokens,
            reply.status,
            seconds * 1000,
            readable(reply.headers.get("mistral-correlation-id", "none"), secret=self._key),
        )


class _Retryable(Exception):
    """Attempt that failed and may be retried; ``wait`` is the server's ``Retry-After`` in seconds.

    ``attempts`` is the largest number of attempts in all.
    """

    def __init__(
        self,
        error: EmbedderError,
        *,
        wait: float | None = None,
        is_rate: bool = False,
        attempts: int = _ATTEMPTS,
    ) -> None:
        super().__init__()
        self.error = error
        self.wait = wait
        self.is_rate = is_rate
        self.attempts = attempts


def _is_last(state: tenacity.RetryCallState) -> bool:
    failure = state.outcome.exception() if state.outcome else None
    return isinstance(failure, _Retryable) and state.attempt_number >= failure.attempts


def retry_after_seconds(reply: HttpReply) -> float | None:
    """Return the ``Retry-After`` header in seconds, from a number or a date; None without it."""
    asked = reply.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return min(float(asked), _LONGEST_ASKED)
    try:
        until = parsedate_to_datetime(asked)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_ASKED)
    except ValueError:
        return None

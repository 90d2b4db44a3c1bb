"""Limits of requests and tokens per minute."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from fakes.mistral_server.terms import Terms

Clock = Callable[[], float]  # seconds


class RateLimit(Protocol):
    """Admits an amount, or refuses it."""

    limit: float

    def take(self, amount: float) -> bool:
        """Admit and use the amount if it fits."""

    def remaining(self) -> float:
        """The amount left now."""


class Bucket:
    """Token bucket that refills evenly; a full bucket allows a burst."""

    def __init__(self, limit: float, burst: float, minute: float, clock: Clock) -> None:
        self.limit = limit
        self._most = burst
        self._rate = limit / minute
        self._level = burst
        self._clock = clock
        self._then = clock()

    def take(self, amount: float) -> bool:
        """Whether as much is in the bucket."""
        if self.remaining() < min(amount, self._most):
            return False
        self._level -= amount
        return True

    def remaining(self) -> float:
        """The level."""
        now = self._clock()
        self._level = min(self._most, self._level + (now - self._then) * self._rate)
        self._then = now
        return self._level


class SlidingWindow:
    """At most the limit in any 60 seconds."""

    def __init__(self, limit: float, minute: float, clock: Clock) -> None:
        self.limit = limit
        self._minute = minute
        self._clock = clock
        self._taken: deque[tuple[float, float]] = deque()

    def take(self, amount: float) -> bool:
        """Whether the minute that ends now has room."""
        if self.remaining() < min(amount, self.limit):
            return False
        self._taken.append((self._clock(), amount))
        return True

    def remaining(self) -> float:
        """The room of the minute that ends now."""
        start = self._clock() - self._minute
        while self._taken and self._taken[0][0] <= start:
            self._taken.popleft()
        return self.limit - sum(amount for _, amount in self._taken)


class RateLimits:
    """Both limits; a request refused by either uses up nothing."""

    def __init__(self, terms: Terms, clock: Clock = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._requests = _limit(terms, terms.requests_per_minute, terms.burst, clock)
        self._tokens = _limit(terms, terms.tokens_per_minute, None, clock)

    def admits(self, tokens: int) -> tuple[bool, dict[str, str]]:
        """Whether a request is admitted, and the headers of its answer."""
        with self._lock:
            passes = self._passes(tokens)
            return passes, {
                **_headers(self._requests, "req"),
                **_headers(self._tokens, "tokens"),
            }

    def _passes(self, tokens: int) -> bool:
        if self._requests is not None and self._requests.remaining() < 1:
            return False
        if self._tokens is not None and not self._tokens.take(tokens):
            return False
        return self._requests is None or self._requests.take(1)


def _limit(
    terms: Terms, limit: float | None, burst: float | None, clock: Clock
) -> RateLimit | None:
    if limit is None:
        return None
    if terms.window == "sliding":
        return SlidingWindow(limit, terms.minute, clock)
    return Bucket(limit, limit if burst is None else burst, terms.minute, clock)


def _headers(limit: RateLimit | None, unit: str) -> dict[str, str]:
    if limit is None:
        return {}
    return {
        f"x-ratelimit-limit-{unit}-minute": f"{limit.limit:.0f}",
        f"x-ratelimit-remaining-{unit}-minute": str(max(0, int(limit.remaining()))),
    }

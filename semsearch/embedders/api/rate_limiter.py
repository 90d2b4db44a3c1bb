"""Rate limiter: when the next request may be sent, and how many may be in flight.

The limits are learned from the server's headers. They are counted by the minute; whether a server
refills a token bucket steadily or counts a window of 60 seconds is not documented. A steady refill
is assumed from the remaining count in each answer. Once a refusal contradicts that, the limiter
also sends no more requests in any 60 seconds than the limit allows.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_MINUTE: Final = 60.0
_FIRST_WIDTH: Final = 1  # a wrong key or model is refused once, not once per connection
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
# Headers with limits per minute: Mistral's name, then the name of OpenAI and compatible servers.
_LIMITS: Final = {
    "requests": ("x-ratelimit-limit-req-minute", "x-ratelimit-limit-requests"),
    "tokens": ("x-ratelimit-limit-tokens-minute", "x-ratelimit-limit-tokens"),
}
_REMAINING: Final = {
    "requests": ("x-ratelimit-remaining-req-minute", "x-ratelimit-remaining-requests"),
    "tokens": ("x-ratelimit-remaining-tokens-minute", "x-ratelimit-remaining-tokens"),
}


class Stopped(Exception):
    """Raised in waiting threads when the run ends: no further request is sent."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Permission for one request: its number, its expected tokens and the time it was admitted."""

    number: int
    tokens: float
    at: float  # monotonic seconds


@dataclass(slots=True)
class _Meter:
    """Token bucket of a limit, measured in ``amount`` of a ticket; ``limit`` is None if unknown."""

    amount: Callable[[Ticket], float]
    limit: float | None = None
    most_left: float = 0.0  # largest stated remainder: a bucket may hold less than the limit
    left: float = 0.0
    at: float = 0.0
    is_window: bool = False

    def wait(self, need: float, now: float, sent: Iterable[Ticket]) -> float:
        """Seconds until ``need`` may be sent, given the tickets ``sent`` in the last minute."""
        if not self.limit:
            return 0.0
        need = min(need, self.limit)
        filled = max((need - self._level(now, need)) * _MINUTE / self.limit, 0.0)
        return max(filled, self._window(need, now, sent)) if self.is_window else filled

    def _window(self, need: float, now: float, sent: Iterable[Ticket]) -> float:
        """Seconds until enough of the sent tickets are older than a minute."""
        over = sum(map(self.amount, sent)) + need - (self.limit or 0.0)
        for ticket in sent:
            if over <= 0:
                break
            over -= self.amount(ticket)
            if over <= 0:
                return ticket.at + _MINUTE - now
        return 0.0

    def spend(self, ticket: Ticket) -> None:
        """Take the amount of an admitted request out of the bucket."""
        amount = self.amount(ticket)
        self.left, self.at = self._level(ticket.at, amount) - amount, ticket.at

    def told(self, limit: float | None, left: float | None, now: float) -> None:
        """Update the limit and the remaining amount from the headers of an answer."""
        if limit is not None:
            self.limit = limit
        if left is not None:
            self.left, self.at = left, now

    def _level(self, now: float, need: float) -> float:
        limit = self.limit or 0.0
        holds = max(self.most_left, need)
        return min(self.left + (now - self.at) * limit / _MINUTE, holds, limit)


class RateLimiter:
    """Rate limiter with adaptive concurrency for one server; thread-safe."""

    def __init__(
        self, most: int, *, clock: Callable[[], float] = time.monotonic, first: int = _FIRST_WIDTH
    ) -> None:
        """``most`` bounds the requests in flight, ``first`` those before the first answer."""
        self._most = most
        self._width = float(min(first, most))
        self._is_steep = True  # slow start: the width doubles until the first refusal
        self._clock = clock
        self._changed = threading.Condition()
        self._is_stopped = False
        self._number = 0
        self._under_way: dict[int, Ticket] = {}
        self._latest = 0  # number of the newest request whose headers were used
        self._closed_until = 0.0
        self._meters = {
            "requests": _Meter(lambda ticket: 1.0),
            "tokens": _Meter(lambda ticket: ticket.tokens),
        }
        self._sent: deque[Ticket] = deque()

    @property
    def width(self) -> int:
        """The number of requests that may be in flight now."""
        return int(self._width)

    @property
    def limit(self) -> float | None:
        """The server's limit in requests per minute; None until a header has stated it."""
        return self._meters["requests"].limit

    def stop(self) -> None:
        """Admit no further request; threads that wait in ``admit`` or ``sleep`` get ``Stopped``."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Sleep for some seconds; raises ``Stopped`` as soon as the run ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped, seconds)
            if self._is_stopped:
                raise Stopped

    def admit(self, tokens: float) -> Ticket:
        """Block until a request of about ``tokens`` tokens may be sent; raises ``Stopped``."""
        with self._changed:
            while not self._is_stopped:
                wait = self._wait(tokens)
                if wait <= 0:
                    return self._ticket(tokens)
                self._changed.wait(wait)
            raise Stopped

    def wait_for(self, tokens: float) -> float:
        """Return the seconds until a request of about ``tokens`` tokens may be sent."""
        with self._changed:
            return max(self._wait(tokens), 0.0)

    def answered(self, ticket: Ticket, headers: Mapping[str, str]) -> None:
        """Record a successful answer: the concurrency grows."""
        with self._changed:
            self._end(ticket, headers)
            grown = self._width * 2 if self._is_steep else self._width + 1 / self._width
            self._width = min(grown, float(self._most))

    def failed(self, ticket: Ticket, headers: Mapping[str, str], *, is_limit: bool) -> None:
        """Record a failure that may pass (timeout, 429, 5xx): the concurrency is halved.

        ``is_limit`` is True for a refusal because of the rate limit.
        """
        with self._changed:
            self._end(ticket, headers)
            self._is_steep = False
            self._width = max(self._width / 2, 1.0)
            if is_limit:
                with suppress(ValueError):  # the ticket is older than a minute and already dropped
                    self._sent.remove(ticket)
                for meter in self._meters.values():
                    meter.is_window = True  # the assumed steady refill is wrong

    def refused(self, ticket: Ticket, headers: Mapping[str, str]) -> None:
        """Record a refusal because of the request's content: the concurrency stays."""
        with self._changed:
            self._end(ticket, headers)

    def hold(self, seconds: float) -> None:
        """Admit no request for some seconds."""
        with self._changed:
            self._closed_until = max(self._closed_until, self._clock() + seconds)

    def _wait(self, tokens: float) -> float:
        now = self._clock()
        while self._sent and self._sent[0].at <= now - _MINUTE:
            self._sent.popleft()
        return max(
            self._closed_until - now,
            self._meters["requests"].wait(1, now, self._sent),
            self._meters["tokens"].wait(tokens, now, self._sent),
        )

    def _ticket(self, tokens: float) -> Ticket:
        self._number += 1
        ticket = Ticket(self._number, tokens, self._clock())
        self._under_way[ticket.number] = ticket
        self._sent.append(ticket)
        for meter in self._meters.values():
            meter.spend(ticket)
        return ticket

    def _end(self, ticket: Ticket, headers: Mapping[str, str]) -> None:
        del self._under_way[ticket.number]
        is_news = ticket.number > self._latest
        self._latest = max(self._latest, ticket.number)
        later = [other for other in self._under_way.values() if other.number > ticket.number]
        now = self._clock()
        for name, meter in self._meters.items():
            left = _stated(headers, _REMAINING[name]) if is_news else None
            if left is not None:  # the header does not count the requests sent after this one
                meter.most_left = max(meter.most_left, left + meter.amount(ticket))
                left -= sum(map(meter.amount, later))
            meter.told(_stated(headers, _LIMITS[name]), left, now)
        self._changed.notify_all()


def _stated(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    """Return the first of the named headers that holds a number; None without such a header."""
    for name in names:
        if _NUMBER.fullmatch(stated := headers.get(name, "").strip()):
            return float(stated)
    return None

"""When the next request may go, and how many may be under way: learned from a server's answers.

Limits are counted by the minute; whether a server fills its bucket up steadily or counts a window
of sixty seconds is not documented, and learned: what is left after an answer is believed and taken
to fill up steadily. When a refusal shows that it does not, no more requests are sent in any minute
than the limit says, either.
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
_FIRST_WIDTH: Final = 1  # so that what is refused for good is refused once
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
# Of a minute: Mistral's names, then OpenAI's and those of servers that follow it.
_LIMITS: Final = {
    "requests": ("x-ratelimit-limit-req-minute", "x-ratelimit-limit-requests"),
    "tokens": ("x-ratelimit-limit-tokens-minute", "x-ratelimit-limit-tokens"),
}
_REMAINING: Final = {
    "requests": ("x-ratelimit-remaining-req-minute", "x-ratelimit-remaining-requests"),
    "tokens": ("x-ratelimit-remaining-tokens-minute", "x-ratelimit-remaining-tokens"),
}


class Stopped(Exception):
    """The run ends; nothing more is sent."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request that was let through."""

    number: int
    tokens: float
    at: float  # monotonic seconds


@dataclass(slots=True)
class _Meter:
    """What is left of one limit, counted in ``amount`` of a ticket; None while none is known."""

    amount: Callable[[Ticket], float]
    limit: float | None = None
    most_left: float = 0.0  # that was ever said: a bucket may hold less than a minute's worth
    left: float = 0.0
    at: float = 0.0
    is_window: bool = False

    def wait(self, need: float, now: float, sent: Iterable[Ticket]) -> float:
        """Seconds until ``need`` may be sent, after what was ``sent`` in the last minute."""
        if not self.limit:
            return 0.0
        need = min(need, self.limit)
        filled = max((need - self._level(now, need)) * _MINUTE / self.limit, 0.0)
        return max(filled, self._window(need, now, sent)) if self.is_window else filled

    def _window(self, need: float, now: float, sent: Iterable[Ticket]) -> float:
        """Seconds until enough of what was sent is a minute old."""
        over = sum(map(self.amount, sent)) + need - (self.limit or 0.0)
        for ticket in sent:
            if over <= 0:
                break
            over -= self.amount(ticket)
            if over <= 0:
                return ticket.at + _MINUTE - now
        return 0.0

    def spend(self, ticket: Ticket) -> None:
        """A request goes."""
        amount = self.amount(ticket)
        self.left, self.at = self._level(ticket.at, amount) - amount, ticket.at

    def told(self, limit: float | None, left: float | None, now: float) -> None:
        """What an answer says of it."""
        if limit is not None:
            self.limit = limit
        if left is not None:
            self.left, self.at = left, now

    def _level(self, now: float, need: float) -> float:
        limit = self.limit or 0.0
        holds = max(self.most_left, need)
        return min(self.left + (now - self.at) * limit / _MINUTE, holds, limit)


class Pacer:
    """Lets requests through; used by several threads at once."""

    def __init__(
        self, most: int, *, clock: Callable[[], float] = time.monotonic, first: int = _FIRST_WIDTH
    ) -> None:
        """``most`` requests may be under way at once, ``first`` of them before any answer."""
        self._most = most
        self._width = float(min(first, most))
        self._is_steep = True  # until the first refusal the width doubles
        self._clock = clock
        self._changed = threading.Condition()
        self._is_stopped = False
        self._number = 0
        self._under_way: dict[int, Ticket] = {}
        self._latest = 0  # the number of the newest request that has said what is left
        self._closed_until = 0.0
        self._meters = {
            "requests": _Meter(lambda ticket: 1.0),
            "tokens": _Meter(lambda ticket: ticket.tokens),
        }
        self._sent: deque[Ticket] = deque()

    @property
    def width(self) -> int:
        """How many requests may be under way."""
        return int(self._width)

    @property
    def limit(self) -> float | None:
        """Requests in a minute, None while the server has not said."""
        return self._meters["requests"].limit

    def stop(self) -> None:
        """Let nothing through any more; whoever waits gets ``Stopped``."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run ends; raises ``Stopped`` then."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped, seconds)
            if self._is_stopped:
                raise Stopped

    def admit(self, tokens: float) -> Ticket:
        """Wait until a request of about so many tokens may go; raises ``Stopped``."""
        with self._changed:
            while not self._is_stopped:
                wait = self._wait(tokens)
                if wait <= 0:
                    return self._ticket(tokens)
                self._changed.wait(wait)
            raise Stopped

    def wait_for(self, tokens: float) -> float:
        """Seconds until a request of about so many tokens may go."""
        with self._changed:
            return max(self._wait(tokens), 0.0)

    def answered(self, ticket: Ticket, headers: Mapping[str, str]) -> None:
        """A request was answered: one more may be under way."""
        with self._changed:
            self._end(ticket, headers)
            grown = self._width * 2 if self._is_steep else self._width + 1 / self._width
            self._width = min(grown, float(self._most))

    def failed(self, ticket: Ticket, headers: Mapping[str, str], *, is_limit: bool) -> None:
        """A request failed in a way that may pass: half as many may be under way.

        ``is_limit`` when it was refused for its rate, which others may be as well.
        """
        with self._changed:
            self._end(ticket, headers)
            self._is_steep = False
            self._width = max(self._width / 2, 1.0)
            if is_limit:
                with suppress(ValueError):  # it took so long that it does not count any more
                    self._sent.remove(ticket)
                for meter in self._meters.values():
                    meter.is_window = True  # it does not fill up steadily, as was taken for granted

    def refused(self, ticket: Ticket, headers: Mapping[str, str]) -> None:
        """A request was refused for what is in it."""
        with self._changed:
            self._end(ticket, headers)

    def hold(self, seconds: float) -> None:
        """Let nothing through for a while."""
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
            if left is not None:  # before the requests that were sent after this one
                meter.most_left = max(meter.most_left, left + meter.amount(ticket))
                left -= sum(map(meter.amount, later))
            meter.told(_stated(headers, _LIMITS[name]), left, now)
        self._changed.notify_all()


def _stated(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    """The number that the first of the headers has."""
    for name in names:
        if _NUMBER.fullmatch(stated := headers.get(name, "").strip()):
            return float(stated)
    return None

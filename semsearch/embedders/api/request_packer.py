"""Texts → requests that are as full as a server's limits allow; pure."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.embedders.token_counts import NOTHING, Expected

_WORTH_ASKING: Final = 8  # a limit is known well enough when it is known to an eighth
_LOOKS: Final = 4  # how many of the largest texts are tried
_ABOUT: Final = 0.8
_FASTER: Final = 4  # how much more is asked for after a request that was taken whole


@dataclass(frozen=True, slots=True)
class Limits:
    """The most inputs and the most tokens of one request."""

    inputs: int
    tokens: int


@dataclass(slots=True, eq=False)
class Item:
    """One text to be embedded; ``bound`` is the most tokens that it can have.

    ``positions`` are where it stands among the texts that were given. One that is a part of a text
    that was split has none; ``split`` is the number of the split.
    """

    text: str
    positions: list[int]
    expected: Expected
    bound: int
    split: int | None = None


class Pool:
    """Texts that wait to be sent, in the order in which they came.

    A request takes them in that order while they fit. What is then left of its tokens goes to the
    largest text further back that still fits, and so on: a long text leaves no request half full.
    """

    def __init__(self) -> None:
        self._by_size: list[tuple[float, int]] = []  # expected tokens and number, ascending
        self._items: dict[int, Item] = {}  # by number, the one that waits longest first
        self._number = 0
        self.tokens = 0.0  # expected of all

    def __len__(self) -> int:
        return len(self._items)

    def put(self, items: Iterable[Item]) -> None:
        """Let some more wait."""
        for item in items:
            self._number += 1
            self._items[self._number] = item
            insort(self._by_size, (item.expected.tokens, self._number))
            self.tokens += item.expected.tokens

    def take(self, limits: Limits, room: float = float("inf")) -> list[Item]:
        """The next request's texts; none when none is left, or none fits ``room``.

        ``room`` is the most that their bounds may add up to. A text that is above the limit of
        tokens by itself is a request by itself.
        """
        taken: list[Item] = []
        left = float(limits.tokens)
        number = self._first(room)
        while number is not None:
            item = self._remove(number)
            taken.append(item)
            left -= item.expected.tokens
            room -= item.bound
            number = self._next(left, room) if len(taken) < limits.inputs else None
        return taken

    def _next(self, tokens: float, room: float) -> int | None:
        oldest = next(iter(self._items), None)
        if oldest is not None and self._fits(oldest, tokens, room):
            return oldest
        return self._largest(tokens, room)

    def _first(self, room: float) -> int | None:
        return next((number for number, item in self._items.items() if item.bound <= room), None)

    def _largest(self, tokens: float, room: float) -> int | None:
        end = bisect_left(self._by_size, (tokens, 0))
        largest = self._by_size[max(end - _LOOKS, 0) : end][::-1]
        for _, number in (*largest, *self._by_size[:1]):
            if self._fits(number, tokens, room):
                return number
        return None

    def _fits(self, number: int, tokens: float, room: float) -> bool:
        item = self._items[number]
        return item.expected.tokens <= tokens and item.bound <= room

    def _remove(self, number: int) -> Item:
        item = self._items.pop(number)
        del self._by_size[bisect_left(self._by_size, (item.expected.tokens, number))]
        self.tokens -= item.expected.tokens
        return item


def expected_of(items: Sequence[Item]) -> Expected:
    """What a request of these has."""
    return sum((item.expected for item in items), NOTHING)


class LearnedLimit:
    """One limit of a server, learned from what it takes (``most_taken``) and what it refuses.

    Begins at ``first``, which every server is known to take, and asks for more, up to ``most``,
    whenever a request that was about full was taken.
    """

    def __init__(self, first: int, most: int) -> None:
        self._most = most
        self.most_taken = 0
        self._refused: int | None = None
        self.size = min(first, most)

    def taken(self, count: int, *, was_full: bool) -> None:
        """A request with this much was answered; more is asked for when it was full, in any way."""
        self.most_taken = max(self.most_taken, count)
        if self._refused is not None and self._refused <= self.most_taken:
            self._refused = None  # it takes it now
        if self._refused is not None:
            self.size = self._between(self._refused)
        elif was_full:
            self.size = min(self.size * _FASTER, self._most)

    def is_filled_by(self, count: int) -> bool:
        """Whether a request with this much is about as large as was asked for."""
        return count >= _ABOUT * self.size

    def refused(self, count: int, told: int | None = None) -> None:
        """A request with this much was refused for it; ``told`` is the limit that was named."""
        if told is not None and 0 < told < count:
            self.most_taken, self._refused, self.size = told, told + 1, min(told, self._most)
            return
        self._refused = max(count, 2)
        self.most_taken = min(self.most_taken, self._refused // 2)
        self.size = self._between(self._refused) if self.most_taken else max(count // 2, 1)

    def _between(self, refused: int) -> int:
        taken, gap = self.most_taken, refused - self.most_taken
        return taken if gap <= max(taken // _WORTH_ASKING, 1) else taken + gap // 2

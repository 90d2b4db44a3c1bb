"""Request packing: texts → requests as full as a server's limits allow; pure."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.embedders.token_counts import NOTHING, Expected

_WORTH_ASKING: Final = 8  # the search for a limit stops when it is known to 1/8
_LOOKS: Final = 4  # number of the largest fitting texts that are tried
_ABOUT: Final = 0.8  # share of the size from which a request counts as full
_FASTER: Final = 4  # growth factor of the size after a full request was accepted


@dataclass(frozen=True, slots=True)
class Limits:
    """Maximum number of inputs and of tokens in a request."""

    inputs: int
    tokens: int


@dataclass(slots=True, eq=False)
class Item:
    """A text to embed; ``bound`` is an upper bound of its tokens.

    ``positions`` are its indexes among the caller's texts. A part of a split text has no positions,
    and ``split`` is the number of the split.
    """

    text: str
    positions: list[int]
    expected: Expected
    bound: int
    split: int | None = None


class Pool:
    """Queue of texts that wait to be sent.

    A request takes texts in order of arrival while they fit. The tokens left over are filled with
    the largest later text that fits, and so on, so that a long text leaves no request half full.
    """

    def __init__(self) -> None:
        self._by_size: list[tuple[float, int]] = []  # expected tokens and number, ascending
        self._items: dict[int, Item] = {}  # by number, the oldest first
        self._number = 0
        self.tokens = 0.0  # expected tokens of all items

    def __len__(self) -> int:
        return len(self._items)

    def put(self, items: Iterable[Item]) -> None:
        """Add items to the queue."""
        for item in items:
            self._number += 1
            self._items[self._number] = item
            insort(self._by_size, (item.expected.tokens, self._number))
            self.tokens += item.expected.tokens

    def take(self, limits: Limits, room: float = float("inf")) -> list[Item]:
        """Remove and return the texts of the next request; empty when no text fits ``room``.

        ``room`` limits the sum of the items' bounds. A text above the token limit makes a request
        of its own.
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
    """Return the sum of the items' expected tokens."""
    return sum((item.expected for item in items), NOTHING)


class LearnedLimit:
    """A server's limit, learned from accepted requests (``most_taken``) and refused requests.

    The size begins at ``first``, which every server accepts, and grows up to ``most`` whenever a
    nearly full request was accepted.
    """

    def __init__(self, first: int, most: int) -> None:
        self._most = most
        self.most_taken = 0
        self._refused: int | None = None
        self.size = min(first, most)

    def taken(self, count: int, *, was_full: bool) -> None:
        """Record an accepted request; the size grows if it was full in inputs or in tokens."""
        self.most_taken = max(self.most_taken, count)
        if self._refused is not None and self._refused <= self.most_taken:
            self._refused = None  # the server's limit was raised
        if self._refused is not None:
            self.size = self._between(self._refused)
        elif was_full:
            self.size = min(self.size * _FASTER, self._most)

    def is_filled_by(self, count: int) -> bool:
        """True when ``count`` is at least 80 % of the current size."""
        return count >= _ABOUT * self.size

    def refused(self, count: int, told: int | None = None) -> None:
        """Record a refused request; ``told`` is the limit in the server's message, if any."""
        if told is not None and 0 < told < count:
            self.most_taken, self._refused, self.size = told, told + 1, min(told, self._most)
            return
        self._refused = max(count, 2)
        self.most_taken = min(self.most_taken, self._refused // 2)
        self.size = self._between(self._refused) if self.most_taken else max(count // 2, 1)

    def _between(self, refused: int) -> int:
        taken, gap = self.most_taken, refused - self.most_taken
        return taken if gap <= max(taken // _WORTH_ASKING, 1) else taken + gap // 2

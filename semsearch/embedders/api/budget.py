"""What an embedder has sent and what it may still spend."""

import threading
from dataclasses import dataclass, replace
from typing import Any

from semsearch.errors import BudgetReached


@dataclass(frozen=True, slots=True)
class Spent:
    """What was sent; ``tokens`` are those that the server counted.

    ``lost_tokens`` is the most that answers which never came may have cost, ``submitted_tokens``
    the most that the batch jobs which were begun will. ``batch_texts`` and ``batch_tokens`` came
    back from such jobs, of this run or an earlier one.
    """

    requests: int = 0
    retries: int = 0
    texts: int = 0
    tokens: int = 0
    lost_tokens: int = 0
    submitted_tokens: int = 0
    batch_texts: int = 0
    batch_tokens: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON names and values."""
        return {
            "requests": self.requests,
            "retries": self.retries,
            "texts": self.texts,
            "tokens": self.tokens,
            "lost_tokens": self.lost_tokens,
            "submitted_tokens": self.submitted_tokens,
            "batch_texts": self.batch_texts,
            "batch_tokens": self.batch_tokens,
        }


class Budget:
    """Keeps what is spent at or below a limit of tokens; used by several threads at once.

    Before a request is sent, the most that it can cost is reserved, so the limit holds whatever the
    server counts.
    """

    def __init__(self, most: int | None, shown: str) -> None:
        """``most`` tokens, no limit when None; ``shown`` is how the person gave it."""
        self._most = most
        self._shown = shown
        self._reserved = 0
        self._lock = threading.Lock()
        self.spent = Spent()

    @property
    def room(self) -> float:
        """Tokens that may still be reserved."""
        if self._most is None:
            return float("inf")
        spent = self.spent
        return (
            self._most - spent.tokens - spent.lost_tokens - spent.submitted_tokens - self._reserved
        )

    def reserve(self, tokens: int) -> None:
        """For one request; no more than ``room``."""
        with self._lock:
            self._reserved += tokens

    def settle(self, reserved: int, *, texts: int, tokens: int) -> None:
        """The request was answered."""
        self._count(reserved, requests=1, texts=texts, tokens=tokens)

    def release(self, reserved: int) -> None:
        """The request was refused, which costs nothing."""
        self._count(reserved, requests=1)

    def lose(self, reserved: int) -> None:
        """The answer never came, or cannot be used, and may have been billed; it is asked again.

        Raises ``BudgetReached`` when the reservation does not allow for that.
        """
        self._count(0, requests=1, lost_tokens=reserved)
        if self.room < 0:
            raise self.reached()

    def submit(self, tokens: int) -> None:
        """A batch job was begun that can cost so many tokens, at half the price."""
        self._count(0, submitted_tokens=tokens)

    def collect(self, texts: int, tokens: int) -> None:
        """A line of a batch job has come back."""
        self._count(0, batch_texts=texts, batch_tokens=tokens)

    def repeat(self) -> None:
        """A request is sent again."""
        self._count(0, retries=1)

    def reached(self) -> BudgetReached:
        """What to raise when nothing more may be sent."""
        spent, lost = self.spent.tokens, self.spent.lost_tokens
        perhaps = f", and perhaps {lost} more for answers that were lost" if lost else ""
        return BudgetReached(
            f"{self._shown} is reached: {spent} tokens are spent{perhaps}, and the next text might"
            " go over it; what was embedded is kept, run the same command with a larger budget to"
            " go on"
        )

    def _count(self, reserved: int, **more: int) -> None:
        with self._lock:
            self._reserved -= reserved
            now = self.spent
            self.spent = replace(
                now, **{name: getattr(now, name) + count for name, count in more.items()}
            )

"""What the stand-in received, and what a client would be billed for."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MeasuredText:
    """A text by its digest."""

    digest: str
    tokens: int


@dataclass(frozen=True, slots=True)
class ClosedRequest:
    """A request for embeddings that is over; ``at`` is in seconds since the ledger was begun."""

    at: float
    texts: int
    tokens: int
    outcome: str


class Ledger:
    """Counts of everything since the start, or since ``clear``; ``paid`` is what was worked on.

    A request that was answered with 200, whatever the answer held, and one whose connection broke
    after the work are paid; one that was refused is not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._sent: Counter[str] = Counter()
        self._paid: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._closed: list[ClosedRequest] = []
        self._begun = time.monotonic()
        self._in_flight = 0
        self._peak = 0

    @contextmanager
    def flight(self) -> Iterator[None]:
        """A request for as long as it is under way."""
        with self._lock:
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def receive(self, texts: Sequence[MeasuredText]) -> None:
        """A request for embeddings came in."""
        with self._lock:
            self._counts["requests"] += 1
            self._counts["tokens"] += sum(text.tokens for text in texts)
            self._sent.update(text.digest for text in texts)

    def receive_other(self) -> None:
        """A request for something else came in."""
        with self._lock:
            self._counts["other_requests"] += 1

    def pay(self, texts: Sequence[MeasuredText], tokens: int, *, by_batch: bool = False) -> None:
        """Texts were worked on."""
        with self._lock:
            self._counts["tokens_paid"] += tokens
            self._paid.update(text.digest for text in texts)
            if by_batch:
                self._counts["batch_texts_paid"] += len(texts)
                self._counts["batch_tokens_paid"] += tokens

    def close(self, texts: Sequence[MeasuredText], outcome: str) -> None:
        """How a request for embeddings ended: its status, or what broke it."""
        tokens = sum(text.tokens for text in texts)
        with self._lock:
            at = time.monotonic() - self._begun
            self._closed.append(ClosedRequest(at, len(texts), tokens, outcome))

    @property
    def paid(self) -> Counter[str]:
        """How often each text, by its digest, was worked on."""
        with self._lock:
            return Counter(self._paid)

    def closed(self) -> list[dict[str, Any]]:
        """Every request for embeddings that is over, in that order."""
        with self._lock:
            return [asdict(request) for request in self._closed]

    def summary(self) -> dict[str, Any]:
        """All counts; the names say what they are."""
        with self._lock:
            outcomes = Counter(request.outcome for request in self._closed)
            return {
                "requests": self._counts["requests"],
                "other_requests": self._counts["other_requests"],
                "texts": self._sent.total(),
                "tokens": self._counts["tokens"],
                "distinct_texts": len(self._sent),
                "texts_sent_more_than_once": _repeated(self._sent),
                "texts_paid": self._paid.total(),
                "tokens_paid": self._counts["tokens_paid"],
                "distinct_texts_paid": len(self._paid),
                "texts_paid_more_than_once": _repeated(self._paid),
                "batch_texts_paid": self._counts["batch_texts_paid"],
                "batch_tokens_paid": self._counts["batch_tokens_paid"],
                "refused": sum(n for end, n in outcomes.items() if end != "200"),
                "outcomes": dict(sorted(outcomes.items())),
                "in_flight": self._in_flight,
                "peak_in_flight": self._peak,
            }


def _repeated(counts: Counter[str]) -> int:
    return sum(1 for count in counts.values() if count > 1)

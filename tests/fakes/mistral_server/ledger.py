"""Ledger of the stand-in: received requests, and what a client would be billed."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MeasuredText:
    """A text by its digest, with its tokens."""

    digest: str
    tokens: int


@dataclass(frozen=True, slots=True)
class ClosedRequest:
    """A finished request for embeddings; ``at`` is in seconds since the ledger's start."""

    at: float
    texts: int
    tokens: int
    outcome: str


class Ledger:
    """Counts since the start or since ``clear``; ``paid`` are the processed texts.

    A request is paid if it was answered with 200, whatever the content, or if its connection broke
    after processing. A refused request is not paid.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Reset all counts."""
        self._sent: Counter[str] = Counter()
        self._paid: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._closed: list[ClosedRequest] = []
        self._begun = time.monotonic()
        self._in_flight = 0
        self._peak = 0

    @contextmanager
    def flight(self) -> Iterator[None]:
        """Context of a request in flight."""
        with self._lock:
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def receive(self, texts: Sequence[MeasuredText]) -> None:
        """Count a request for embeddings."""
        with self._lock:
            self._counts["requests"] += 1
            self._counts["tokens"] += sum(text.tokens for text in texts)
            self._sent.update(text.digest for text in texts)

    def receive_other(self) -> None:
        """Count any other request."""
        with self._lock:
            self._counts["other_requests"] += 1

    def pay(self, texts: Sequence[MeasuredText], tokens: int, *, by_batch: bool = False) -> None:
        """Count processed texts."""
        with self._lock:
            self._counts["tokens_paid"] += tokens
            self._paid.update(text.digest for text in texts)
            if by_batch:
                self._counts["batch_texts_paid"] += len(texts)
                self._counts["batch_tokens_paid"] += tokens

    def close(self, texts: Sequence[MeasuredText], outcome: str) -> None:
        """Record the end of a request for embeddings: its status, or the break."""
        tokens = sum(text.tokens for text in texts)
        with self._lock:
            at = time.monotonic() - self._begun
            self._closed.append(ClosedRequest(at, len(texts), tokens, outcome))

    @property
    def paid(self) -> Counter[str]:
        """How often each text, by its digest, was processed."""
        with self._lock:
            return Counter(self._paid)

    def closed(self) -> list[dict[str, Any]]:
        """All finished requests for embeddings, in order."""
        with self._lock:
            return [asdict(request) for request in self._closed]

    def summary(self) -> dict[str, Any]:
        """All counts, by descriptive names."""
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

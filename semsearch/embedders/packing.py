"""Texts → batches that keep to a server's limits; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most inputs and the most tokens of one request."""

    inputs: int
    tokens: int


def packed(tokens: Sequence[int], limits: Limits) -> Iterator[tuple[int, ...]]:
    """Yield the positions of ``tokens`` in batches, in order, each as full as the limits allow.

    A text that is above the limit by itself is a batch by itself.

    >>> list(packed([5, 5, 5], Limits(inputs=9, tokens=10)))
    [(0, 1), (2,)]
    """
    batch: list[int] = []
    total = 0
    for position, count in enumerate(tokens):
        if batch and (len(batch) == limits.inputs or total + count > limits.tokens):
            yield tuple(batch)
            batch, total = [], 0
        batch.append(position)
        total += count
    if batch:
        yield tuple(batch)

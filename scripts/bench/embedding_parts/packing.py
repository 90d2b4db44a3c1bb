"""Ideal packing within the limits of the API."""

import math
from collections.abc import Sequence
from typing import Final

MAX_INPUTS: Final = 256
MAX_TOKENS: Final = 65_536


def fewest_requests(tokens: Sequence[int]) -> int:
    """A lower bound on the number of requests of any packing."""
    return max(math.ceil(len(tokens) / MAX_INPUTS), math.ceil(sum(tokens) / MAX_TOKENS))


def fill(texts: int, tokens: int) -> float:
    """The used share of the limit that binds a request."""
    return max(texts / MAX_INPUTS, tokens / MAX_TOKENS)


def packs(tokens: Sequence[int]) -> list[list[int]]:
    """Positions packed with known tokens: largest first, each in the tightest request."""
    made: list[list[int]] = []
    room: list[int] = []
    for position in sorted(range(len(tokens)), key=lambda at: -tokens[at]):
        fits = (n for n, left in enumerate(room) if left >= tokens[position])
        pack = next((n for n in fits if len(made[n]) < MAX_INPUTS), None)
        if pack is None:
            made.append([])
            room.append(MAX_TOKENS)
            pack = len(made) - 1
        made[pack].append(position)
        room[pack] -= tokens[position]
    return made

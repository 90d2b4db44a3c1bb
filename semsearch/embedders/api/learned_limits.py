"""Server limits and token weights that a run has learned, stored for the next run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from semsearch.embedders.api.truncation import Truncation
from semsearch.embedders.token_counts import LearnedTokenCounter

_MOST: Final = 16.0  # tokens a character, far more than in any vocabulary


@dataclass(frozen=True, slots=True)
class LearnedLimits:
    """Learned limits of a server: token ``weights``, rate, and the largest accepted request.

    ``weights`` are those of ``LearnedTokenCounter``; ``inputs`` and ``tokens`` count per request.
    None and 0 mean not learned. ``windows`` are those of ``Truncation``, as JSON values.
    ``counts_characters`` is True for a server whose count of tokens is one of characters.
    """

    weights: Sequence[float] | None = None
    requests_a_minute: float | None = None
    inputs: int = 0
    tokens: int = 0
    windows: dict[str, Any] = field(default_factory=dict)
    counts_characters: bool = False

    def to_json(self) -> str:
        """Return the values as JSON, for the index's record."""
        return json.dumps(asdict(self))

    @classmethod
    def parsed(cls, text: str) -> "LearnedLimits":
        """Parse the output of ``to_json``; empty values for JSON of another version."""
        try:
            content = json.loads(text)
            weights, rate = content["weights"], content["requests_a_minute"]
            if weights is not None and len(weights) != LearnedTokenCounter.WEIGHTS:
                return cls()
            if weights is not None and not all(0 <= weight <= _MOST for weight in weights):
                weights = None  # of a version whose estimate could run away
            return cls(
                None if weights is None else [float(weight) for weight in weights],
                None if rate is None else float(rate),
                int(content["inputs"]),
                int(content["tokens"]),
                Truncation.of_json(content.get("windows", {})).to_json(),
                content.get("counts_characters") is True,
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()

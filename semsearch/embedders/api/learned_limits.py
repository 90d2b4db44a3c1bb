"""What one run has learned of a server, for the next."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from semsearch.embedders.token_counts import LearnedTokens


@dataclass(frozen=True, slots=True)
class Experience:
    """``weights`` are those of ``LearnedTokens``; ``inputs`` and ``tokens`` the largest request's.

    None, and 0, where nothing was learned.
    """

    weights: Sequence[float] | None = None
    requests_a_minute: float | None = None
    inputs: int = 0
    tokens: int = 0

    def to_json(self) -> str:
        """For the record."""
        return json.dumps(asdict(self))

    @classmethod
    def parsed(cls, text: str) -> "Experience":
        """What ``to_json`` has written; nothing learned when it was not this version's."""
        try:
            content = json.loads(text)
            weights, rate = content["weights"], content["requests_a_minute"]
            if weights is not None and len(weights) != LearnedTokens.WEIGHTS:
                return cls()
            return cls(
                None if weights is None else [float(weight) for weight in weights],
                None if rate is None else float(rate),
                int(content["inputs"]),
                int(content["tokens"]),
            )
        except (KeyError, TypeError, ValueError):
            return cls()

"""What embedding some texts needs: tokens and requests."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Needs:
    """Forecast totals; ``is_exact`` is True when tokens were counted, not estimated."""

    texts: int
    tokens: int
    requests: int
    is_exact: bool

    def __add__(self, other: "Needs") -> "Needs":
        return Needs(
            self.texts + other.texts,
            self.tokens + other.tokens,
            self.requests + other.requests,
            self.is_exact and other.is_exact,
        )


NO_NEEDS: Final = Needs(0, 0, 0, is_exact=True)

"""Token counts: an upper bound, a learned estimate, or an exact count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

# A byte-level vocabulary, or a vocabulary with byte fallback, has at most one token per byte; a
# leading space and the begin and end tokens are added.
_TOKENS_AROUND: Final = 3
_MARKS: Final = 2  # begin and end token, which every text has

Kinds = npt.NDArray[np.float64]  # (10,) bytes of each kind in a text, then the number of texts

# Kinds of bytes: letters, digits, spaces, line ends, other ASCII; the first bytes of characters of
# two bytes (Latin, other), of three and of four. Continuation bytes are not counted.
_KINDS: Final = 9
_FOLLOWING: Final = _KINDS
# Tokens per byte of a kind: least squares over 2,656 passages of English, German, French, Python,
# HTML and random numbers with the vocabulary of mistral-embed; three-byte characters as measured
# for Chinese, Japanese and Korean (0.92 to 1.0 characters per token).
_PRIOR: Final = np.array([0.24, 1.1, 0.14, 1.0, 0.6, 1.5, 0.6, 1.1, 4.0])
_PRIOR_SPREAD: Final = 0.3  # relative standard deviation of the prior
_NOISE: Final = 0.02  # relative deviation of a request's tokens from the best weights
_FIRST_MARGIN: Final = 0.15  # margin before the first count
_LEAST_MARGIN: Final = 0.01
_FORGETTING: Final = 0.5  # decay of the margin per count


class TokenCounter(Protocol):
    """Counts or estimates the tokens of texts for an embedder."""

    def bound(self, text: str) -> int:
        """Return an upper bound of a text's tokens."""

    def expect(self, text: str) -> "Expected":
        """Return the expected tokens of a text."""

    def learn(self, expected: "Expected", tokens: int) -> None:
        """Learn from the server's count for texts with this sum of expectations."""

    @property
    def margin(self) -> float:
        """How far an expectation may be below the true count, as a share of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected tokens of a text, or of several texts together; ``kinds`` are their byte counts."""

    tokens: float
    kinds: Kinds

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(self.tokens + other.tokens, self.kinds + other.kinds)


NOTHING: Final = Expected(0.0, np.zeros(_KINDS + 1))


def byte_bound(text: str) -> int:
    """Return the most tokens that a text can have in any byte-level vocabulary."""
    return len(text.encode()) + _TOKENS_AROUND


class LearnedTokenCounter:
    """Estimates tokens from a text's kinds of bytes; each count of the server improves it.

    The estimate is a weighted sum of the bytes of each kind. The weights are fitted by a Kalman
    filter for constants (recursive least squares with a prior), which needs only the total of a
    request.
    """

    WEIGHTS: Final = _KINDS + 1

    def __init__(self, weights: Sequence[float] | None = None, prefix: str = "") -> None:
        """``weights`` are the final weights of an earlier counter, if any.

        ``prefix`` is sent before each text.
        """
        self._prefix = prefix
        self.weights = np.append(_PRIOR, _MARKS) if weights is None else np.array(weights)
        self._covariance = np.diag(np.append(_PRIOR * _PRIOR_SPREAD, 0.0) ** 2)
        self.margin = _FIRST_MARGIN

    def bound(self, text: str) -> int:
        """Return an upper bound from the number of bytes."""
        return byte_bound(self._prefix + text)

    def expect(self, text: str) -> Expected:
        """Return the estimate by the present weights."""
        kinds = kinds_of(self._prefix + text)
        return Expected(float(kinds @ self.weights), kinds)

    def learn(self, expected: Expected, tokens: int) -> None:
        """Update the weights by a step of the filter; weights never become negative.

        A kind whose weight would is taken out of the step. To cut it off afterwards would turn the
        step around: of weights that fall and rise together only the rise would be left.
        """
        kinds = expected.kinds.copy()
        guess = float(kinds @ self.weights)
        if tokens <= 0 or guess <= 0:
            return
        off = abs(tokens - guess) / guess
        self.margin = max(_LEAST_MARGIN, _FORGETTING * self.margin, min(2 * off, _FIRST_MARGIN))
        while True:
            spread = self._covariance @ kinds
            gain = spread / (float(kinds @ spread) + (_NOISE * tokens) ** 2)
            off_by = tokens - float(expected.kinds @ self.weights)
            moved = np.where(kinds > 0, self.weights + gain * off_by, self.weights)
            if not (is_below := moved < 0).any():
                break
            self.weights = np.where(is_below, 0.0, self.weights)
            kinds[is_below] = 0.0
        self.weights = moved
        self._covariance -= np.outer(gain, spread)


class ExactTokenCounter:
    """Counts exactly, with the embedder's own vocabulary; ``count`` includes the special tokens.

    If the server ever counts more, its vocabulary differs: from then on bounds come from the bytes.
    """

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self.margin = 0.0

    def bound(self, text: str) -> int:
        """Return the exact count, or the bound from the bytes after a mismatch."""
        return byte_bound(text) if self.margin else self._count(text)

    def expect(self, text: str) -> Expected:
        """Return the exact count by the vocabulary."""
        return Expected(float(self._count(text)), NOTHING.kinds)

    def learn(self, expected: Expected, tokens: int) -> None:
        """Widen the margin if the server counts more than the vocabulary."""
        if tokens > round(expected.tokens) > 0:
            self.margin = max(self.margin, tokens / expected.tokens - 1)


def _kind_of(byte: int) -> int:
    character = chr(byte)
    if byte >= 0xF0:
        return 8
    if byte >= 0xE0:
        return 7
    if byte >= 0xC0:
        return 5 if byte < 0xCA else 6
    if byte >= 0x80:
        return _FOLLOWING
    if character.isalpha():
        return 0
    if character.isdigit():
        return 1
    if character == " ":
        return 2
    return 3 if character.isspace() else 4


_KIND_OF: Final = bytes(_kind_of(byte) for byte in range(256))


def kinds_of(text: str) -> Kinds:
    """Count the bytes of each kind, with ``bytes`` methods: NumPy's would release the GIL."""
    kinds = text.encode().translate(_KIND_OF)
    return np.array([*map(kinds.count, range(_KINDS)), 1], dtype=np.float64)

"""How many tokens a text has: a bound that holds, an expectation that learns, or a count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

# A byte-level vocabulary, and one with byte fallback, makes at most a token a byte; a leading space
# and the marks of beginning and end are added.
_TOKENS_AROUND: Final = 3
_MARKS: Final = 2  # of them, those that every text has: beginning and end

Kinds = npt.NDArray[np.float64]  # (9,) how many bytes of each kind a text has, and one for itself

# Kinds of bytes: letters, digits, spaces, line ends, other ASCII; the first bytes of characters of
# two bytes (Latin, other), of three and of four. The bytes that follow those count for nothing.
_KINDS: Final = 9
_FOLLOWING: Final = _KINDS
# Tokens for each: least squares over 2,656 passages of English, German, French, Python, HTML and
# random numbers with the vocabulary of mistral-embed; marks of three bytes as measured for Chinese,
# Japanese and Korean (0.92 to 1.0 characters a token).
_PRIOR: Final = np.array([0.24, 1.1, 0.14, 1.0, 0.6, 1.5, 0.6, 1.1, 4.0])
_PRIOR_SPREAD: Final = 0.3  # how far the truth may be from that, as a share of it
_NOISE: Final = 0.02  # how far a request's tokens are from the best weights, as a share of them
_FIRST_MARGIN: Final = 0.15
_LEAST_MARGIN: Final = 0.01
_FORGETTING: Final = 0.5


class TokenCounter(Protocol):
    """Tokens of texts, by what is known of an embedder's vocabulary."""

    def bound(self, text: str) -> int:
        """Never less than the truth."""

    def expect(self, text: str) -> "Expected":
        """What the text probably has."""

    def learn(self, expected: "Expected", tokens: int) -> None:
        """Take in what the server counted for texts whose expectations have this sum."""

    @property
    def margin(self) -> float:
        """How far an expectation may be below the truth, as a share of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The tokens to expect of one text, or of several together."""

    tokens: float
    kinds: Kinds

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(self.tokens + other.tokens, self.kinds + other.kinds)


NOTHING: Final = Expected(0.0, np.zeros(_KINDS + 1))


def byte_bound(text: str) -> int:
    """The most tokens that a text can have in any byte-level vocabulary."""
    return len(text.encode()) + _TOKENS_AROUND


class LearnedTokens:
    """Expects from a text's kinds of bytes; each counted answer makes it better.

    Tokens are taken for a weighted sum of the bytes of each kind. The weights are those of a Kalman
    filter for constants (recursive least squares with a prior): a request's sum is enough for it.
    """

    WEIGHTS: Final = _KINDS + 1

    def __init__(self, weights: Sequence[float] | None = None) -> None:
        """``weights`` are those that an earlier one had in the end."""
        self.weights = np.append(_PRIOR, _MARKS) if weights is None else np.array(weights)
        self._covariance = np.diag(np.append(_PRIOR * _PRIOR_SPREAD, 0.0) ** 2)
        self.margin = _FIRST_MARGIN

    def bound(self, text: str) -> int:
        """From the bytes alone."""
        return byte_bound(text)

    def expect(self, text: str) -> Expected:
        """By the weights known so far."""
        kinds = _kinds_of(text)
        return Expected(float(kinds @ self.weights), kinds)

    def learn(self, expected: Expected, tokens: int) -> None:
        """The usual step of the filter; weights never become negative."""
        kinds = expected.kinds
        guess = float(kinds @ self.weights)
        if tokens <= 0 or guess <= 0:
            return
        off = abs(tokens - guess) / guess
        self.margin = max(_LEAST_MARGIN, _FORGETTING * self.margin, min(2 * off, _FIRST_MARGIN))
        spread = self._covariance @ kinds
        gain = spread / (float(kinds @ spread) + (_NOISE * tokens) ** 2)
        self.weights = np.maximum(self.weights + gain * (tokens - guess), 0.0)
        self._covariance -= np.outer(gain, spread)


class CountedTokens:
    """Counts with the embedder's own vocabulary; ``count`` is of all that a text has.

    A server that counts more shows that it has another one: bounds are the bytes' from then on.
    """

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self.margin = 0.0

    def bound(self, text: str) -> int:
        """Exact, unless the server has shown otherwise."""
        return byte_bound(text) if self.margin else self._count(text)

    def expect(self, text: str) -> Expected:
        """By the vocabulary."""
        return Expected(float(self._count(text)), NOTHING.kinds)

    def learn(self, expected: Expected, tokens: int) -> None:
        """Only whether the server counts more."""
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


def _kinds_of(text: str) -> Kinds:
    """Counted by bytes' own methods: NumPy's would give other threads their turn for each text."""
    kinds = text.encode().translate(_KIND_OF)
    return np.array([*map(kinds.count, range(_KINDS)), 1], dtype=np.float64)

"""BM25 as Tantivy computes it (Robertson and Zaragoza, 2009), so that both rank alike.

k1 is 1.2 and b is 0.75. The length of a text counts by a byte, as in Lucene's ``SmallFloat``:
lengths up to 40 are exact, longer ones keep their four leading bits.
"""

import math
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np

if TYPE_CHECKING:
    import numpy.typing as npt

    Norms = npt.NDArray[np.uint8]  # (n,)
    Scores = npt.NDArray[np.float32]  # (n,)

K1: Final = 1.2
B: Final = 0.75
_EXACT: Final = 24  # lengths below are their own bytes


def _length_of(byte: int) -> int:
    """The length that a byte stands for."""
    if byte < _EXACT:
        return byte
    rest = byte - _EXACT
    bits, shift = rest & 7, rest >> 3
    return _EXACT + (bits if shift == 0 else (bits | 8) << (shift - 1))


LENGTHS: Final = tuple(map(_length_of, range(256)))


def norms_of(lengths: "npt.NDArray[np.int64]") -> "Norms":
    """The byte of each length: of the longest that is not longer."""
    table = np.array(LENGTHS, dtype=np.int64)
    return (np.searchsorted(table, lengths, side="right") - 1).astype(np.uint8)


def inverse_frequency(entries: int, entries_with_word: int) -> float:
    """How rare a word is: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    without = entries - entries_with_word
    return math.log(1 + (without + 0.5) / (entries_with_word + 0.5))


def term_scores(
    frequencies: "Norms", norms: "Norms", mean_length: float, weight: float
) -> "Scores":
    """What a word adds to the score of each text that has it.

    ``frequencies`` (n,) is how often, ``norms`` (n,) the byte of the text's length, ``weight`` the
    word's inverse frequency times its weight in the question.
    """
    lengths = np.array(LENGTHS, dtype=np.float32)
    longer = np.float32(K1) * (
        1 - np.float32(B) + np.float32(B) * lengths / np.float32(mean_length)
    )
    often = frequencies.astype(np.float32)
    share: Scores = (often / (often + longer[norms])).astype(np.float32)
    share *= np.float32(weight * (1 + K1))
    return share

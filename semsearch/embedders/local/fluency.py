"""Fluency: how well a model knows a text's language, from the tokenizer's word pieces.

A tokenizer has whole words or syllables of the languages that its model was trained on. Other
languages are split into letters or bytes, or map to the unknown token.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from semsearch.documents.text.languages import script_of

_LEAST: Final = 0.1
# Known letters per piece: at or below the first number a script is unknown, from the second number
# on it is known. Measured with questions in 16 languages, by all-MiniLM-L6-v2's pieces (English
# 4.3, French 2.8, German 2.7, Turkish 1.4, Russian, Greek, Arabic, Hindi and kana 1.0, Korean 0.4,
# Chinese 0.2), and by Mistral's, of many languages (Russian 2.2, Arabic 2.8, Hebrew 1.9, Thai 1.6,
# Hindi, kana and Korean 1.2, Chinese 1.0).
_ALPHABET: Final = (1.2, 2.0)
_BRAHMIC: Final = (1.0, 1.4)  # vowel signs do not count as letters
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "han": (0.5, 0.9),  # a character is a word
    "ja": (1.0, 1.3),
    "ko": (0.6, 1.1),  # a character is a syllable
    **dict.fromkeys(("hi", "ta", "bn", "te", "th"), _BRAHMIC),
}
_UNKNOWN: Final = ("[UNK]", "<unk>")
_BYTE: Final = re.compile(r"<0x[0-9A-F]{2}>")  # SentencePiece's byte fallback


class Piece(Protocol):
    """A piece of a text."""

    @property
    def text(self) -> str:
        """The characters that the piece covers."""

    @property
    def is_known(self) -> bool:
        """False for characters without a piece of their own."""


class _Encoded(NamedTuple):
    text: str
    is_known: bool


def pieces_of(text: str, tokenizer: Any) -> Iterator[Piece]:
    """Yield the pieces of a text.

    ``tokenizer`` is an object of the package tokenizers, without truncation and padding.
    """
    encoding = tokenizer.encode(text, add_special_tokens=False)
    unknown = {tokenizer.token_to_id(name) for name in _UNKNOWN}
    for piece, token, (start, end) in zip(
        encoding.ids, encoding.tokens, encoding.offsets, strict=True
    ):
        is_known = piece not in unknown and not _BYTE.fullmatch(token)
        yield _Encoded(text[start:end], is_known)


def fluency_of(text: str, pieces: Iterable[Piece]) -> float:
    """Return 0.1 (split into letters) to 1: the mean over the text's letters, by script."""
    letters = Counter(script_of(letter) for letter in text if letter.isalnum())
    known, counts = Counter(letters), Counter[str]()
    for piece in pieces:
        covered = [script_of(letter) for letter in piece.text if letter.isalnum()]
        if covered:
            counts[covered[0]] += 1
            if not piece.is_known:
                known.subtract(covered)
    shares = {
        script: _share(known[script] / max(1, counts[script]), script) * count
        for script, count in letters.items()
    }
    return max(_LEAST, sum(shares.values()) / max(1, letters.total()))


def known_share(pieces: Iterable[Piece]) -> float:
    """Return 0.1 to 1: the share of letters that have pieces.

    For a model of many languages, whose pieces have the letters of just these: a short question in
    kana may be split into syllables, and the model knows it all the same.
    """
    letters = Counter[bool]()
    for piece in pieces:
        letters[piece.is_known] += sum(letter.isalnum() for letter in piece.text)
    return max(_LEAST, letters[True] / max(1, letters.total()))


def _share(letters: float, script: str) -> float:
    none, all_ = _BOUNDS.get(script, _ALPHABET)
    return min(1.0, max(0.0, (letters - none) / (all_ - none)))

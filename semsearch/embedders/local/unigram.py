"""Unigram tokenizer of SentencePiece (Kudo, 2018), for texts whose words are split by spaces.

A word becomes the pieces with the highest sum of scores. The pieces are in a file of NumPy arrays,
grouped by their first character; for pieces that begin a word, by the first two. A group is read
when a text has its character, so that opening the file takes 5 ms: the same 250,002 pieces in a
``tokenizer.json`` take 550 ms, more than a whole query.
"""

import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from semsearch.embedders.local.packed_weights import Pieces
from semsearch.errors import ModelMissing

_BEGIN: Final = "\u2581"  # begins a word
_UNKNOWN_PENALTY: Final = 10.0  # below the lowest score; the constant of SentencePiece
_LONGEST_KEPT: Final = 24  # characters of a word whose pieces are kept
_MOST_KEPT: Final = 100_000  # words

_Found = dict[str, tuple[float, int]]  # score and id by text


class Piece(NamedTuple):
    """A piece of a normalised text; ``is_known`` is False for characters without a piece."""

    id: int
    text: str
    is_known: bool


def write_pieces(pieces: Pieces, path: Path) -> None:
    """Write a tokenizer's pieces to a file."""
    special = frozenset(pieces.special)
    ordered = sorted(
        (_key(text), at) for at, text in enumerate(pieces.texts) if text and at not in special
    )
    ids = np.array([at for _, at in ordered], dtype=np.uint32)
    groups: dict[str, int] = {}
    for place, (key, _) in enumerate(ordered):
        groups.setdefault(key, place)
    texts = [pieces.texts[at].encode() for at in ids.tolist()]
    ends = np.cumsum([0, *(len(text) + 1 for text in texts)])
    starts = np.array([*groups.values(), len(texts)], dtype=np.uint32)
    np.savez(
        path,
        ids=ids,
        scores=pieces.scores[ids],
        texts=np.frombuffer(b"\0".join([*texts, b""]), dtype=np.uint8),
        keys=np.frombuffer("\0".join(groups).encode(), dtype=np.uint8),
        starts=starts,
        offsets=ends[starts].astype(np.uint32),
        characters=np.array(list(pieces.normalised), dtype=np.uint32),
        replacements=np.frombuffer(
            "".join(f"{text}\0" for text in pieces.normalised.values()).encode(), dtype=np.uint8
        ),
        special=np.array(pieces.special, dtype=np.uint32),
    )


def _key(text: str) -> str:
    return text[:2] if text.startswith(_BEGIN) else text[:1]


class Unigram:
    """Tokenizer of the pieces in a file."""

    def __init__(self, path: Path) -> None:
        """Raises ``ModelMissing`` for a damaged file."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
            self._ids, self._scores = arrays["ids"], arrays["scores"]
            self._texts = arrays["texts"].tobytes()
            keys = arrays["keys"].tobytes().decode().split("\0")
            self._places = {key: place for place, key in enumerate(keys)}
            self._starts, self._offsets = arrays["starts"].tolist(), arrays["offsets"].tolist()
            replacements = arrays["replacements"].tobytes().decode().split("\0")[:-1]
            self._normal = dict(zip(arrays["characters"].tolist(), replacements, strict=True))
            self.begin, self.end, _, self._unknown = arrays["special"].tolist()
        except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
            raise ModelMissing(f"cannot read {path}: {error}") from error
        self._unknown_score = float(self._scores.min()) - _UNKNOWN_PENALTY
        self._groups: dict[str, tuple[_Found, int]] = {}
        self._kept: dict[str, tuple[int, ...]] = {}

    def ids(self, text: str) -> list[int]:
        """Return the ids of a text's pieces, without begin and end."""
        ids: list[int] = []
        for word in self._words(text):
            ids += self._kept.get(word) or self._new(word)
        return ids

    def pieces(self, text: str) -> Iterator[Piece]:
        """Yield the pieces of a text."""
        for word in self._words(text):
            for start, end, piece in self._best(_BEGIN + word):
                covered = (_BEGIN + word)[start:end].removeprefix(_BEGIN)
                yield Piece(piece, covered, is_known=piece != self._unknown)

    def _words(self, text: str) -> Sequence[str]:
        return unicodedata.normalize("NFC", text).translate(self._normal).split()

    def _new(self, word: str) -> tuple[int, ...]:
        ids = tuple(piece for _, _, piece in self._best(_BEGIN + word))
        if len(word) <= _LONGEST_KEPT:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[word] = ids
        return ids

    def _best(self, word: str) -> list[tuple[int, int, int]]:
        """Start, end and id of the best pieces of a word, in order; of equal sums the first found.

        Unknown characters beside each other are one piece.
        """
        size = len(word)
        sums = [float("-inf")] * (size + 1)
        sums[0] = 0.0
        before = [(0, self._unknown)] * (size + 1)  # start and id of the best piece that ends here
        for start in range(size):
            so_far = sums[start]
            found, longest = self._group(word, start)
            is_single = False
            for end in range(start + 1, min(size, start + longest) + 1):
                hit = found.get(word[start:end])
                if hit is None:
                    continue
                is_single = is_single or end == start + 1
                if so_far + hit[0] > sums[end]:
                    sums[end] = so_far + hit[0]
                    before[end] = (start, hit[1])
            if not is_single and so_far + self._unknown_score > sums[start + 1]:
                sums[start + 1] = so_far + self._unknown_score
                before[start + 1] = (start, self._unknown)
        best: list[tuple[int, int, int]] = []
        end = size
        while end:
            start, piece = before[end]
            if best and piece == self._unknown == best[-1][2]:
                best[-1] = (start, best[-1][1], piece)
            else:
                best.append((start, end, piece))
            end = start
        return best[::-1]

    def _group(self, word: str, start: int) -> tuple[_Found, int]:
        """The pieces that may stand at a place of a word, and the length of the longest."""
        key = word[start : start + 2] if word[start] == _BEGIN else word[start]
        if key not in self._groups:
            found = self._read(key)
            if len(key) > 1:  # the begin of a word is a piece by itself, too
                found |= self._read(_BEGIN)
            self._groups[key] = (found, max(map(len, found), default=0))
        return self._groups[key]

    def _read(self, key: str) -> _Found:
        place = self._places.get(key)
        if place is None:
            return {}
        rows = slice(self._starts[place], self._starts[place + 1])
        joined = self._texts[self._offsets[place] : self._offsets[place + 1]]
        texts = joined.decode().split("\0")[:-1]
        scored = zip(self._scores[rows].tolist(), self._ids[rows].tolist(), strict=True)
        return dict(zip(texts, scored, strict=True))

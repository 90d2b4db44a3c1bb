"""A folder of any size and a stand-in embedder, for the benchmarks of large indexes.

Words follow Zipf's law over a vocabulary of made-up ones with English's most frequent in front, so
that words are as unevenly spread as in prose. Vectors are as unevenly spread as those of texts:
each is near one of many centres, and its numbers' variance falls off as a power of their rank in a
rotated basis (the spectrum of real text embeddings, not uniform noise).
"""

import itertools
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.vectors import Vectors

FREQUENT: Final = (
    "the of and to a in is that it was for on are as with his they at be this from have or by one"
    " had not but what all were when we there can an your which their said if do will each about"
    " how up out them then she many some so these would other into has more her two like him see"
    " time could no make than first been its who now people my made over did down only way find"
    " use may water long little very after words called just where most know"
).split()
PASSAGE_WORDS: Final = 60
PASSAGES: Final = 20  # of each file
_VOCABULARY: Final = 200_000
_ZIPF: Final = 1.07
_SYLLABLES: Final = [a + b for a in "b d f g k l m n p r s t v z ch st tr".split() for b in "aeiou"]
_FOLDER_FILES: Final = 500
_CENTRES: Final = 4_000
_DECAY: Final = 0.6  # the k-th number's deviation is k to the minus this
_SPREAD: Final = 0.8  # how far a text is from its centre, of the centre's own length
_BATCH: Final = 2_000


def vocabulary() -> list[str]:
    """The words, most frequent first."""
    made = ("".join(parts) for n in (2, 3) for parts in itertools.product(_SYLLABLES, repeat=n))
    return list(itertools.islice(itertools.chain(FREQUENT, made), _VOCABULARY))


def write_corpus(folder: Path, files: int, *, seed: int = 1) -> None:
    """Write Markdown files of ``PASSAGES`` paragraphs each, ``_FOLDER_FILES`` per folder."""
    words = np.array(vocabulary(), dtype=object)
    chances = 1 / np.arange(1, len(words) + 1) ** _ZIPF
    chances = np.cumsum(chances / chances.sum())
    random = np.random.default_rng(seed)
    for number in range(files):
        below = folder / f"{number // _FOLDER_FILES:04d}"
        if number % _FOLDER_FILES == 0:
            below.mkdir(parents=True, exist_ok=True)
        (below / f"{number:06d}.md").write_text(document(words, chances, random))


def document(words: np.ndarray, chances: np.ndarray, random: np.random.Generator) -> str:
    """The text of a file."""
    draws = np.searchsorted(chances, random.random((PASSAGES, PASSAGE_WORDS)))
    draws = np.minimum(draws, len(words) - 1)
    return "\n\n".join(" ".join(row).capitalize() + "." for row in words[draws]) + "\n"


class StandIn:
    """An embedder of negligible cost: a text's vector follows from its checksum."""

    def __init__(self, uri: str, dimension: int) -> None:
        self.uri = uri
        self.dimension = dimension
        self.is_local = True
        self.max_tokens = 100_000
        random = np.random.default_rng(7)
        scale = np.arange(1, dimension + 1) ** -_DECAY
        basis, _ = np.linalg.qr(random.standard_normal((dimension, dimension)))
        self._basis = (basis * scale).astype(np.float32)  # rows: directions, columns: numbers
        self._centres = self._turned(random.standard_normal((_CENTRES, dimension)))
        pool = random.standard_normal((5_000, dimension)).astype(np.float32)
        self._noise = self._turned(pool)
        self.texts = 0

    def _turned(self, rows: np.ndarray) -> np.ndarray:
        turned = rows.astype(np.float32) @ self._basis.T
        return turned / np.linalg.norm(turned, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        """Count a token per four letters."""
        return len(text) // 4 + 1

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield large batches."""
        start, left = 0, iter(texts)
        while batch := list(itertools.islice(left, _BATCH)):
            self.texts += len(batch)
            vectors = self.vectors(batch)
            yield EmbeddedBatch(
                tuple(range(start, start + len(batch))),
                vectors,
                sum(map(self.count_tokens, batch)),
            )
            start += len(batch)

    def vectors(self, texts: list[str]) -> Vectors:
        """(n, dimension) unit rows: a centre plus two deviations of a pool, by the checksum."""
        sums = np.array([zlib.crc32(text.encode()) for text in texts], dtype=np.int64)
        pool = len(self._noise)
        rows = self._centres[sums % _CENTRES]
        rows = rows + _SPREAD * self._noise[sums // _CENTRES % pool]
        rows += 0.5 * _SPREAD * self._noise[(sums * 2654435761 >> 7) % pool]
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

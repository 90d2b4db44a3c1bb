"""Hashed bags of words: ``hashed:64`` gives vectors of 64 numbers on this machine.

``hashed:64@HOST`` is the same as if a server of that name made them, and ``hashed:64!FAULT`` has a
fault: ``import``, ``name``, ``count``, ``network``, ``answer``.
"""

import re
import zlib
from collections.abc import Iterable, Iterator

import numpy as np

import semsearch

_BATCH = 8


class HashedWords:
    """Counts of the words that have a hash, scaled to length 1."""

    max_tokens = 2000

    def __init__(self, uri: str, dimension: int, host: str, fault: str) -> None:
        self.uri = "hashed:other" if fault == "name" else uri
        self.is_local = not host
        self.host = host
        self._dimension = dimension
        self._fault = fault

    def count_tokens(self, text: str) -> int:
        """Count the words."""
        if self._fault == "count":
            raise KeyError("no vocabulary")
        return len(re.findall(r"\w+", text))

    def embed(self, texts: Iterable[str]) -> Iterator[semsearch.EmbeddedBatch]:
        """Yield the vectors of a few texts at a time."""
        held: list[str] = []
        start = 0
        for text in texts:
            held.append(text)
            if len(held) == _BATCH:
                yield self._batch(start, held)
                start, held = start + _BATCH, []
        if held:
            yield self._batch(start, held)

    def _batch(self, start: int, texts: list[str]) -> semsearch.EmbeddedBatch:
        if self._fault == "network":
            raise ConnectionResetError("the other side\nhung up\x1b[31m")
        if self._fault == "answer":
            raise LookupError("no vectors in the answer")
        rows = np.stack([self._row(text) for text in texts])
        positions = tuple(range(start, start + len(texts)))
        return semsearch.EmbeddedBatch(positions, rows, sum(map(self.count_tokens, texts)))

    def _row(self, text: str) -> np.ndarray:
        row = np.full(self._dimension, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            row[zlib.crc32(word.encode()) % self._dimension] += 1
        return row / np.linalg.norm(row)


def open_embedder(uri: str, settings: semsearch.Settings) -> semsearch.Embedder:
    """Open the embedder of a URI; semsearch finds this function by the entry point."""
    found = re.fullmatch(r"hashed:(\d+)(?:@([\w.]+))?(?:!(\w+))?", uri)
    if found is None:
        raise semsearch.SettingsError(f"{uri} is no URI of hashed-words; give hashed:DIMENSION")
    if found[3] == "import":
        raise ModuleNotFoundError("No module named 'words_of_last_year'")
    assert settings.mistral_api_key is None  # keys of other services are not handed on
    return HashedWords(uri, int(found[1]), found[2] or "", found[3] or "")

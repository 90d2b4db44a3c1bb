"""Deterministic vectors of texts, with numbers exact in float16 like Mistral's."""

import json
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fakes.mistral_server.terms import DIMENSION

Row = npt.NDArray[Any]  # (dimension,), float16 when it is done

_POOL: Final = 256
_LARGEST: Final = 3072
_SCALES: Final = (64, 1536, _LARGEST)
_WORD: Final = re.compile(r"\w+")


def vector_of(text: str, dimension: int = DIMENSION) -> list[float]:
    """The unit vector of a text from hashed words: texts that share words are near."""
    return [float(number) for number in word_row(text, dimension)]


def nested_vector_of(text: str, dimension: int) -> list[float]:
    """The first numbers of a unit vector of 3,072, like codestral-embed's."""
    return [float(number) for number in nested_row(text, dimension)]


def word_row(text: str, dimension: int) -> Row:
    """A unit row."""
    row = np.full(dimension, 1e-3)
    for word in _WORD.findall(text.lower()):
        row[zlib.crc32(word.encode()) % dimension] += 1
    return _unit(row)


def nested_row(text: str, dimension: int) -> Row:
    """The first numbers of a unit row of 3,072, not normalised; most weight is at the front."""
    row = np.full(_LARGEST, 1e-3)
    for word in _WORD.findall(text.lower()):
        for scale in _SCALES:
            row[zlib.crc32(word.encode()) % scale] += 1
    return _unit(row)[:dimension]


def _unit(row: Row) -> Row:
    unit: Row = (row / np.linalg.norm(row)).astype(np.float16)
    return unit


def rendered(row: Row) -> bytes:
    """The JSON of a row."""
    return json.dumps([float(number) for number in row], separators=(",", ":")).encode()


def drifted(vector: bytes, drift: float) -> bytes:
    """A rendered vector turned slightly, always in one direction; 0.1 gives cosine 0.995."""
    row = np.array(json.loads(vector))
    aside = np.random.default_rng(len(row)).normal(size=len(row))
    turned = row + drift * np.linalg.norm(row) * aside / np.linalg.norm(aside)
    return rendered((turned * np.linalg.norm(row) / np.linalg.norm(turned)).astype(np.float16))


Renderer = Callable[[str, int], bytes]  # text, dimension → JSON


def word_renderer(is_nested: bool) -> Renderer:
    """Renders a text by its words."""
    make = nested_row if is_nested else word_row
    return lambda text, dimension: rendered(make(text, dimension))


def pool_renderer(is_nested: bool) -> Renderer:
    """Picks one of a few hundred rendered vectors by the text's checksum, for large loads."""
    _pool(DIMENSION, is_nested=False)  # now, so that the first request does not wait for it

    def picked(text: str, dimension: int) -> bytes:
        pool = _pool(dimension, is_nested=is_nested)
        return pool[zlib.crc32(text.encode("utf-8", "surrogatepass")) % len(pool)]

    return picked


@lru_cache(maxsize=8)
def _pool(dimension: int, *, is_nested: bool) -> tuple[bytes, ...]:
    rows = np.random.default_rng(dimension).normal(size=(_POOL, dimension))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    if is_nested:
        rows *= np.sqrt(dimension / _LARGEST)
    return tuple(rendered(row) for row in rows.astype(np.float16))

"""An embeddings API's answer → vectors that may be stored."""

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.errors import ReplyInvalid

_MOST_TOKENS: Final = 10_000_000  # of one request; whoever says more does not count


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingReply:
    """``vectors`` (n, dimension) float32, unit rows in the order of the request.

    ``tokens`` is what the server counted, None when it does not say.
    """

    vectors: Vectors
    tokens: int | None


def parsed_reply(body: bytes, count: int, host: str) -> EmbeddingReply:
    """Check an answer to a request of ``count`` texts.

    Raises ``ReplyInvalid`` unless it has one finite, non-zero vector for each text, all of one
    dimension, with indexes that are a permutation of 0 to count-1.
    """
    try:
        content = json.loads(body, parse_constant=_no_number)
        return EmbeddingReply(_unit_rows(content["data"], count), _tokens(content))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        words = str(error) if isinstance(error, _Fault) else "it is no list of vectors"
        raise ReplyInvalid(
            f"the answer of {host} cannot be used: {words}; nothing of it was stored, run the same"
            " command again"
        ) from error


class _Fault(ValueError):
    """What is wrong with an answer, in words for its reader."""


def _no_number(constant: str) -> float:
    raise _Fault(f"{constant} among its numbers")


def _unit_rows(items: Any, count: int) -> Vectors:
    by_index = {item["index"]: item["embedding"] for item in items}
    if len(items) != count:
        raise _Fault(f"{len(items)} vectors for {count} texts")
    if by_index.keys() != set(range(count)):
        raise _Fault("its indexes do not number the texts")
    rows = [by_index[index] for index in range(count)]
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise _Fault("its vectors are not of one dimension")
    if not all(type(number) in (float, int) for row in rows for number in row):
        raise _Fault("something else than numbers in a vector")
    vectors = np.array(rows, dtype=np.float64)
    with np.errstate(over="ignore"):  # a length that is not finite is found below
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or not (norms > 0).all():
        raise _Fault("a vector that is zero or not finite")
    unit: Vectors = (vectors / norms).astype(np.float32)
    return unit


def _tokens(content: Any) -> int | None:
    usage = content.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    is_count = type(tokens) is int and 0 <= tokens <= _MOST_TOKENS
    return tokens if is_count else None

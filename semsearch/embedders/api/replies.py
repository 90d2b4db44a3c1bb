"""Parse and check the answers of an embeddings API."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson

from semsearch.embedders.api.http_client import readable
from semsearch.embedders.api.reply_numbers import plain_content
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ReplyInvalid
from semsearch.settings.amounts import counted
from semsearch.settings.secrets import Secret

# Float32 read in the wrong byte order gives numbers beyond these bounds.
_LARGEST: Final = 1e6
_SHORTEST: Final = 1e-6
_MOST_TOKENS: Final = 10_000_000  # of a request; a larger count is taken as not stated


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingReply:
    """Checked answer: ``vectors`` (n, dimension) float32, unit rows in the order of the request.

    ``tokens`` is the server's count; None when the answer does not state it.
    """

    vectors: Vectors
    tokens: int | None


def parsed_reply(
    body: bytes, count: int, host: str, secret: Secret | None = None
) -> EmbeddingReply:
    """Parse and check an answer to a request of ``count`` texts; ``secret`` is masked in messages.

    Raises ``ReplyInvalid`` unless the answer has a finite, non-zero vector for each text, all of
    the same dimension, with indexes that are a permutation of 0 to count-1.
    """
    try:
        # orjson refuses NaN, Infinity, invalid UTF-8 and deep nesting.
        content = plain_content(body) or orjson.loads(body)
    except ValueError as error:
        raise _invalid(host, _no_list(body, secret)) from error
    try:
        return _checked(content, count, host)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _invalid(host, _no_list(body, secret)) from error


def checked_reply(content: Any, count: int, host: str) -> EmbeddingReply:
    """Check an answer that is parsed JSON; raises ``ReplyInvalid``, like ``parsed_reply``."""
    try:
        return _checked(content, count, host)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _invalid(host, "it is no list of vectors") from error


def _checked(content: Any, count: int, host: str) -> EmbeddingReply:
    """The vectors of an answer; an error of another kind where it has another structure."""
    try:
        return EmbeddingReply(_unit_rows(content["data"], count), _tokens(content))
    except _InvalidVectors as error:
        raise _invalid(host, str(error)) from error


def _no_list(body: bytes, secret: Secret | None) -> str:
    said = readable(body.decode("utf-8", errors="replace"), secret=secret)
    return f'it is no list of vectors ("{said}")'


def _invalid(host: str, words: str) -> ReplyInvalid:
    return ReplyInvalid(
        f"the answer of {host} cannot be used: {words}; nothing of it was stored, run the same"
        " command again"
    )


class _InvalidVectors(ValueError):
    """Defect of an answer, worded for the error message."""


def _unit_rows(items: Any, count: int) -> Vectors:
    by_index = {item["index"]: item["embedding"] for item in items}
    if len(items) != count:
        raise _InvalidVectors(f"{counted(len(items), 'vector')} for {counted(count, 'text')}")
    if by_index.keys() != set(range(count)):
        raise _InvalidVectors("its indexes do not number the texts")
    rows = [_numbers(by_index[index]) for index in range(count)]
    if len({len(row) for row in rows}) != 1 or not len(rows[0]):
        raise _InvalidVectors("its vectors are not of one dimension")
    vectors = np.array(rows, dtype=np.float64)
    if not (np.abs(vectors) < _LARGEST).all():  # false for NaN, too
        raise _InvalidVectors("a number that no embedding has")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (norms > _SHORTEST).all():
        raise _InvalidVectors("a vector that is zero")
    unit: Vectors = (vectors / norms).astype(np.float32)
    return unit


def _numbers(embedding: Any) -> Any:
    """Return a vector's numbers; some servers send little-endian float32 in base64, unasked."""
    if isinstance(embedding, str):
        try:
            return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4")
        except (binascii.Error, ValueError) as error:
            raise _InvalidVectors("a vector in base64 that is cut off") from error
    if isinstance(embedding, np.ndarray):
        return embedding
    if not set(map(type, embedding)) <= {float, int}:
        raise _InvalidVectors("something else than numbers in a vector")
    return embedding


def _tokens(content: Any) -> int | None:
    usage = content.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    tokens = usage.get("prompt_tokens", usage.get("total_tokens"))
    is_count = type(tokens) is int and 0 <= tokens <= _MOST_TOKENS
    return tokens if is_count else None
